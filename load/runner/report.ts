import type { PromiseName, PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { worstOf, type JudgedEvent } from './judge-event.ts';
import type { LoadResult, LoadSpan } from './load-result.ts';

export function reportLoad(result: LoadResult): string {
  const { scenario, strategy, thresholds, spans } = result;
  const lines = [
    '',
    `Load ${scenario}, ${strategy}. Thresholds: p99 at most ${thresholds.p99Ms} ms, no call failed, ` +
      `at most ${100 * thresholds.putOffShareMax}% put off (429, 503).`,
    '',
    row('', columns),
    ...spans.map(spanLine),
    '',
    ...coresLines(spans),
    ...limitLines(result),
    ...rushLines(result),
    ...memoryLines(result),
    '',
    ...promiseLines(result.events),
    '',
    ...result.missed.map((why) => `  MISSED   ${why}`),
    conclusion(result),
    `Artillery's own reports are in ${result.dir}${kept(result)}.`,
  ];
  return `${lines.join('\n')}\n`;
}

const kept = ({ events }: LoadResult): string =>
  events.every(({ verdict }) => verdict === 'held')
    ? ''
    : ', with the answers of the events for which a promise could not be confirmed';

const columns = [
  ...['due/s', 'sent/s', 'users', 'issued', 'again', 'refused', '429', '503', 'failed'],
  ...['p50 ms', 'p99 ms', 'max ms'],
];

function spanLine({ name, rate, seconds, figures, missed, mayMiss }: LoadSpan): string {
  const { arrivals, issued, replayed, refused, busy, unavailable, failed, latency } = figures;
  const counts = [rate, arrivals / seconds, arrivals, issued, replayed, refused, busy, unavailable, failed].map(whole);
  const times = [latency.p50Ms, latency.p99Ms, latency.maxMs].map((value) => value.toFixed(1));
  const mark = missed.length === 0 ? '' : mayMiss ? '  over' : '  MISSED';
  return `${row(name, [...counts, ...times])}${mark}`;
}

function row(name: string, cells: string[]): string {
  return `  ${name.padEnd(15)}${cells.map((cell) => cell.padStart(9)).join('')}`;
}

/** Shows which processes used the CPU in the busiest span. */
function coresLines(spans: LoadSpan[]): string[] {
  const busiest = spans.reduce<LoadSpan | null>((a, b) => (a !== null && total(a) >= total(b) ? a : b), null);
  if (busiest === null || total(busiest) === 0) return [];
  const parts = Object.entries(busiest.cores)
    .filter(([name]) => name !== 'supervisor')
    .sort(([, a], [, b]) => b - a)
    .map(([name, cores]) => `${name} ${cores.toFixed(2)}`);
  return [
    `  Cores in use in ${busiest.name} (${busiest.rate}/s): ${parts.join(', ')}. All processes share this machine.`,
  ];
}

const total = ({ cores }: LoadSpan): number => Object.values(cores).reduce((sum, used) => sum + used, 0);

function limitLines({ limit }: LoadResult): string[] {
  if (limit === undefined) return [];
  const { held, broke, why, artilleryGaveOut } = limit;
  const lines = [
    held === null ? '  Limit: no rate met the thresholds.' : `  Limit: ${whole(held)} users/s met the thresholds.`,
    broke === null ? '  No rate missed a threshold.' : `  At ${whole(broke)}/s: ${why.join('; ')}.`,
  ];
  if (artilleryGaveOut)
    lines.push("  This limit is Artillery's on this machine, not the system's: `npm run bench` can send more.");
  return lines;
}

function rushLines({ rush }: LoadResult): string[] {
  if (rush === undefined) return [];
  const { sentPerSecond, pastLimit, recoveredAfterMs } = rush;
  const sent = `The rush of ${whole(sentPerSecond)} users/s`;
  return [
    pastLimit
      ? `  ${sent} was past the limit: it missed thresholds, which a rush may do.`
      : `  ${sent} was not past the limit: it met the thresholds.`,
    recoveredAfterMs === null
      ? '  The calls did not return to normal after the rush.'
      : `  The calls were back to normal ${(recoveredAfterMs / 1_000).toFixed(0)} s after it.`,
  ];
}

function memoryLines({ memory }: LoadResult): string[] {
  if (memory === undefined) return [];
  if (memory.length === 0)
    return ['  Memory: not judged (the run was too short, or the processes could not be observed).'];
  return [
    '  Memory in MiB: the median of each quarter, and the growth from the second to the fourth:',
    ...memory.map(
      ({ part, quarterBytes, grownBytes, flat }) =>
        `    ${part.padEnd(8)}${quarterBytes.map((bytes) => mebi(bytes).padStart(8)).join('')}` +
        `   ${grownBytes < 0 ? '-' : '+'}${mebi(Math.abs(grownBytes))}  ${flat ? 'flat' : 'NOT FLAT'}`,
    ),
  ];
}

const promiseWords: Record<PromiseName, string> = {
  exact: '1 exact: never more than the stock, one each, no gap',
  stored: '2 accepted is stored: all in MySQL exactly as answered, repeated answers agree',
  on_time: '3 on time: none before the opening, none refused as too early after it',
  fair: '4 fair: serials in the order of decision, no new winner after the first "sold out"',
};

function promiseLines(events: JudgedEvent[]): string[] {
  const sum = (key: 'answers' | 'issued' | 'persisted'): string =>
    whole(events.reduce((total, event) => total + event[key], 0));
  return [
    `  ${sum('answers')} answers, ${sum('issued')} claims issued, ${sum('persisted')} in MySQL, ` +
      `over ${events.length} ${events.length === 1 ? 'event' : 'events'}:`,
    ...(Object.keys(promiseWords) as PromiseName[]).flatMap((name) => promiseLine(name, events)),
  ];
}

function promiseLine(name: PromiseName, events: JudgedEvent[]): string[] {
  const judged = events.flatMap(({ eventId, promises }) =>
    promises.filter(({ promise }) => promise === name).map((promise) => ({ eventId, ...promise })),
  );
  const verdict = worstOf(judged.map((promise) => promise.verdict));
  const doubtful = judged.filter((promise) => promise.verdict !== 'held');
  return [
    `  ${verdictWords[verdict]}  ${promiseWords[name]}`,
    ...doubtful.slice(0, eventsShownMax).flatMap(({ eventId, findings, reasons }) => [
      ...reasons.map((reason) => `             ${eventId}: ${reason}`),
      ...findings.map(({ kind, count, examples }) => {
        const [example] = examples;
        return `             ${eventId}: ${kind} ${whole(count)}${example === undefined ? '' : `, for example: ${example.detail}`}`;
      }),
    ]),
    ...(doubtful.length > eventsShownMax ? [`             and ${doubtful.length - eventsShownMax} more events`] : []),
  ];
}

/** Shows equal findings once, because each minute may have the same one. */
const eventsShownMax = 5;

const verdictWords: Record<PromiseVerdict['verdict'], string> = {
  held: 'held   ',
  broken: 'BROKEN ',
  unknown: 'UNKNOWN',
};

function conclusion({ verdict }: LoadResult): string {
  switch (verdict) {
    case 'held':
      return 'All promises held, and no threshold was missed.';
    case 'missed':
      return 'All promises held, but the run failed.';
    case 'unknown':
      return 'No broken promise was found, but not everything could be judged.';
    case 'broken':
      return 'A promise was broken.';
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

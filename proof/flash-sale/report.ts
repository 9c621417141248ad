import type { PromiseName, PromiseVerdict } from '../checker/judge-sale.ts';
import type { Figure } from './figures.ts';
import type { SaleResult } from './run-sale.ts';

/** Formats a sale's result for people. */
export function reportSale(result: SaleResult): string {
  const { figures } = result;
  const lines = [
    '',
    `Flash sale ${result.eventId}: ${whole(result.users)} users, stock ${whole(result.stock)}, ${result.strategy}`,
    '',
    `  opening error    ${signedMs(figures.openingErrorMs)} by the deciding store's clock (target: 0 to 20 ms${targetWords(figures.openingErrorMs)})`,
    `                   ${signedMs(figures.firstToldAfterMs)} until the first client had a coupon (clients' clock, +-${result.clockErrorMs.toFixed(1)} ms)`,
    `  sold out         ${figures.soldOutAfterMs === null ? 'never' : `${signedMs(figures.soldOutAfterMs)} after the opening`}`,
    `  accepted         ${whole(figures.acceptedPerSecond)}/s, from the opening to the last such answer`,
    `  refused          ${whole(figures.refusedPerSecond)}/s, from the sell-out to the last such answer`,
    `  all in MySQL     ${persistedWords(result)}`,
    '',
    '  answers by when they were due              count       /s    p50 ms    p99 ms    max ms',
    ...figures.answers.map(answerLine),
    `  ${"the crowd's own lateness".padEnd(38)}${columns(figures.lateness.count, null, figures.lateness)}`,
    ...(result.waitedForConnection > 0
      ? [
          `  ${"the crowd's wait for a connection".padEnd(38)}${columns(result.waitedForConnection, null, figures.connectionWait)}`,
        ]
      : []),
    '',
    ...result.promises.flatMap((promise) => promiseLines(promise, result)),
    '',
    conclusion(result),
  ];
  return `${lines.join('\n')}\n`;
}

function targetWords(openingErrorMs: number | null): string {
  if (openingErrorMs === null) return '';
  return openingErrorMs >= 0 && openingErrorMs <= 20 ? ': reached' : ': MISSED';
}

function persistedWords({ persistsLater, persistedAfterMs }: SaleResult): string {
  if (persistedAfterMs === null) return 'NOT REACHED';
  return persistsLater ? `${ms(persistedAfterMs)} after the newest claim` : 'each claim before its answer';
}

const kindWords: Record<Figure['kind'], string> = {
  accepted: 'accepted',
  sold_out: 'sold out',
  replayed: 'replayed',
  not_open: 'not open yet',
  busy: 'busy, asked again',
  unknown: 'unknown, asked again',
  other: 'turned away',
};

function answerLine({ kind, soldOut, perSecond, latency }: Figure): string {
  const name = `${kindWords[kind]}, ${soldOut} the sell-out`;
  return `  ${name.padEnd(38)}${columns(latency.count, perSecond, latency)}`;
}

function columns(
  count: number,
  perSecond: number | null,
  latency: { p50Ms: number; p99Ms: number; maxMs: number },
): string {
  const rate = (perSecond === null ? '' : whole(perSecond)).padStart(9);
  const times = [latency.p50Ms, latency.p99Ms, latency.maxMs].map((value) => value.toFixed(1).padStart(10)).join('');
  return `${whole(count).padStart(10)}${rate}${times}`;
}

/** The text that says what was counted, and the text to add if the promise held. */
const promiseWords: Record<PromiseName, (result: SaleResult) => { counted: string; held: string }> = {
  exact: ({ issued, stock, users }) => ({
    counted: `1 exact: ${whole(issued)} issued of ${whole(stock)}, ${whole(users)} users asked`,
    held: ', one each, no gap',
  }),
  stored: ({ persisted }) => ({
    counted: `2 accepted is stored: ${whole(persisted)} in MySQL`,
    held: ' exactly as answered, repeated answers agree',
  }),
  on_time: () => ({ counted: '3 on time', held: ': none before the opening, none refused as too early after it' }),
  fair: ({ regiven }) => ({
    counted: '4 fair',
    held:
      (regiven === 0
        ? ': serials in the order of decision'
        : `: serials in the order of decision, except ${regiven} that were returned`) +
      ', no new winner after the first "sold out"',
  }),
};

const verdictWords: Record<PromiseVerdict['verdict'], string> = {
  held: 'held   ',
  broken: 'BROKEN ',
  unknown: 'UNKNOWN',
};

function promiseLines(promise: PromiseVerdict, result: SaleResult): string[] {
  const { counted, held } = promiseWords[promise.promise](result);
  return [
    `  ${verdictWords[promise.verdict]}  ${counted}${promise.verdict === 'held' ? held : ''}`,
    ...promise.reasons.map((reason) => `             ${reason}`),
    ...promise.findings.flatMap(({ kind, count, examples }) => [
      `             ${kind}: ${whole(count)}`,
      ...examples.slice(0, 3).map((example) => {
        const who = [example.userId, example.serial === null ? null : `serial ${example.serial}`].filter(Boolean);
        return `               ${who.length === 0 ? '' : `${who.join(', ')}: `}${example.detail}`;
      }),
    ]),
  ];
}

function conclusion({ verdict }: SaleResult): string {
  switch (verdict) {
    case 'held':
      return 'All promises held.';
    case 'broken':
      return 'A promise was broken.';
    case 'unknown':
      return 'No broken promise was found, but not everything could be judged.';
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const signedMs = (value: number | null): string =>
  value === null ? 'none' : `${value < 0 ? '-' : '+'}${ms(Math.abs(value))}`;

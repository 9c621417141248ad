import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { waitUntil } from '../../scripts/waiting/wait-until.ts';
import { sentBetween, type LoadAnswer } from './answers.ts';
import { measureCalls } from './call-figures.ts';
import { judgeMemory } from './flat-memory.ts';
import type { JudgedEvent } from './judge-event.ts';
import type { LoadEvent } from './load-event.ts';
import type { Findings, LoadSpan } from './load-result.ts';
import type { LoadSite } from './load-site.ts';
import type { EnduranceOptions } from './options.ts';
import { coresUsed } from './process-samples.ts';
import { missedArrivals, missedThresholds } from './thresholds.ts';
import { together } from './together.ts';

/**
 * The length of a turn. Each minute has a separate event, which opens at the start of the minute and sells out half-way
 * through it. The event is then judged, closed and retired while later events run.
 */
const turnSeconds = 60;
/**
 * How long before the first turn Artillery is started: it needs a few seconds to start. Calls before the first turn go
 * to the first event too.
 */
const startMs = 5_000;
/**
 * How long before its opening an event is created. This lead is longer than the seed lead, so that the run also tests
 * the job that seeds events.
 */
const createAheadMs = 90_000;
/** After this time, every call of a turn has an answer on disk, or Artillery has given up on it (after 10 s). */
const answeredAfterMs = 11_000;

const runName = 'endurance';

/** Times are monotonic. */
type Turn = { name: string; seconds: number; fromMs: number; toMs: number };
type JudgedTurn = { span: LoadSpan; event: JudgedEvent };

/** Sends users at the same rate for a long time, with a new event every minute. */
export async function endurance(options: EnduranceOptions, site: LoadSite): Promise<Findings> {
  const turns = planTurns(options.seconds, monotonicMs() + startMs);
  const events: LoadEvent[] = [];
  let sending = true;
  let inTimeUntilMs = Infinity;
  let usersInTime = 0;

  const addEvent = async (turn: Turn): Promise<void> => {
    events.push(await createEvent(options, site, turn, events.length === 0));
    const named = events.map(({ id }, i) => ({ id, fromMs: turns[i]?.fromMs ?? 0 }));
    // Name only the last four events, because the turns of earlier ones are over.
    site.nameEvents(runName, named.slice(-4));
  };
  const [firstTurn, ...laterTurns] = turns;
  await addEvent(firstTurn);
  const addEvents = async (signal: AbortSignal): Promise<void> => {
    for (const turn of laterTurns) {
      await sleepUntil(turn.fromMs - createAheadMs, signal);
      await addEvent(turn);
    }
  };
  const sendUsers = async (signal: AbortSignal): Promise<void> => {
    const settings = { LOAD_RATE: options.rate, LOAD_SECONDS: options.seconds };
    await site.sendUsers({ name: runName, phases: 'endurance.yml', settings }, signal);
    sending = false;
  };
  const judgeAll = async (signal: AbortSignal): Promise<JudgedTurn[]> => {
    const judged: JudgedTurn[] = [];
    for (const [i, turn] of turns.entries()) {
      // If Artillery started late, the last event still gets users after its planned end.
      const answeredMs = turn === turns.at(-1) ? Infinity : turn.toMs + answeredAfterMs;
      await waitUntil(() => !sending || monotonicMs() >= answeredMs, { everyMs: 200, signal });
      const event = events[i];
      if (event === undefined) throw new Error(`Artillery ended before ${turn.name}.`);
      const answers = site.readAnswers(runName, event.id);
      // Count the time from the first user of the whole run. The last user may be a second late.
      if (i === 0) inTimeUntilMs = sentBetween(answers).firstMs + (options.seconds + 1) * 1_000;
      usersInTime += measureCalls(answers, -Infinity, inTimeUntilMs).arrivals;
      judged.push(await judgeTurn(options, site, turn, { event, answers }));
    }
    return judged;
  };

  const [judged] = await together<[JudgedTurn[], void, void]>(site.signal, [judgeAll, sendUsers, addEvents]);
  const spans = judged.map(({ span }) => span);
  const memory = judgeMemory(site.samples);
  const tooFew = missedArrivals({ arrivals: usersInTime }, options);
  return {
    spans,
    events: judged.map(({ event }) => event),
    memory,
    missed: [
      ...(tooFew === null ? [] : [tooFew]),
      ...spans.flatMap(({ name, missed }) => missed.map((why) => `${name}: ${why}`)),
      ...memory.flatMap(({ part, flat, grownBytes }) =>
        flat ? [] : [`the memory of ${part} grew by ${(grownBytes / 2 ** 20).toFixed(0)} MiB`],
      ),
    ],
  };
}

/** Plans one turn per minute from `firstMs` on. The last turn takes at least 30 s. */
export function planTurns(seconds: number, firstMs: number): [Turn, ...Turn[]] {
  const count = Math.max(Math.round(seconds / turnSeconds), 1);
  const turn = (i: number): Turn => {
    const own = i === count - 1 ? seconds - i * turnSeconds : turnSeconds;
    const fromMs = firstMs + i * turnSeconds * 1_000;
    return { name: `minute ${i + 1}`, seconds: own, fromMs, toMs: fromMs + own * 1_000 };
  };
  return [turn(0), ...Array.from({ length: count - 1 }, (_, i) => turn(i + 1))];
}

/**
 * Creates a turn's event. The first event opens at once; each other event opens when its turn begins, by the deciding
 * store's clock.
 */
async function createEvent(
  { rate, stock }: EnduranceOptions,
  site: LoadSite,
  { seconds, fromMs }: Turn,
  isFirst: boolean,
): Promise<LoadEvent> {
  const some = { stock: stock ?? Math.max(Math.floor((rate * seconds) / 2), 1) };
  if (isFirst) return site.createEvent(some);
  const { offsetMs } = await site.readClock();
  return site.createEvent({ ...some, opensAtMs: Math.round(fromMs + offsetMs) });
}

const sleepUntil = (atMs: number, signal: AbortSignal): Promise<void> =>
  sleep(Math.max(atMs - monotonicMs(), 0), undefined, { signal });

async function judgeTurn(
  { rate, thresholds }: EnduranceOptions,
  site: LoadSite,
  turn: Turn,
  { event, answers }: { event: LoadEvent; answers: LoadAnswer[] },
): Promise<JudgedTurn> {
  const { name, fromMs, toMs } = turn;
  const figures = measureCalls(answers);
  const missed = missedThresholds(figures, thresholds);
  const judged = await site.judge(event, answers);
  site.say(
    `  ${name}: ${figures.calls} calls, p99 ${figures.latency.p99Ms.toFixed(0)} ms, ` +
      `${judged.issued} of ${event.stock} issued, ${judged.persisted} in MySQL: ${judged.verdict}`,
  );
  const cores = coresUsed(site.samples, fromMs, toMs);
  const { firstMs, lastMs } = sentBetween(answers);
  // If Artillery started early or stopped late, users arrived for longer than the turn.
  const seconds = Math.max(turn.seconds, (lastMs - firstMs) / 1_000);
  return { event: judged, span: { name, rate, seconds, figures, cores, missed, mayMiss: false } };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { gateKey } from '../../core/redis/keys.ts';
import { judgeSale } from '../checker/judge-sale.ts';
import { awaitPersisted } from '../flash-sale/await-persisted.ts';
import { seededRandom } from '../flash-sale/crowd.ts';
import { spread } from '../flash-sale/figures.ts';
import { readRound } from '../flash-sale/read-claims.ts';
import type { FaultName, Happened } from './faults/fault.ts';
import { faults } from './faults/faults.ts';
import { judgeEvent } from './judge/judge-event.ts';
import { createLedger, isDecided, saysLost, type Ledger } from './load/ledger.ts';
import { clockOffsetMs, startUsers, type Users } from './load/users.ts';
import type { EventResult, Rate, RunResult } from './results/run-result.ts';
import { mendLostEvent, persist, restoreClaims, type Mended } from './system/operator.ts';
import type { RunSystem } from './system/run-system.ts';
import { openStage, type Stage, type StageOptions } from './system/stage.ts';

export type RunOptions = {
  fault: FaultName;
  seed: number;
  usersPerEvent: number;
  events: number;
  /** The users arrive over this time. The fault happens after about a quarter of it. */
  overMs: number;
  mysqlStopped: boolean;
  signal: AbortSignal;
};

/**
 * The stock, as a share of the users. The share is below 1 so that every sale sells out, and losing users get a
 * decision too.
 */
const stockShare = 0.8;
const leadMs = 3_000;
/** MySQL is stopped this long before the fault, so that only Redis has the claims made in between. */
const mysqlAwayBeforeMs = 500;
/** How long an event may answer only `gate_lost` before an operator repairs it. */
const lostForMs = 2_000;
/** How long users keep claiming once all servers are back, before the run gives up. */
const answeredWithinMs = 60_000;
const lookEveryMs = 50;
const clockErrorMs = 5;

type Run = RunOptions & {
  stage: Stage;
  ledger: Ledger;
  users: Users;
  eventIds: string[];
  stock: number;
  opensAtMs: number;
};

/**
 * Runs one sale of several events through one fault, on separate servers, and judges the answers that the users got.
 */
export async function runOnce(options: RunOptions & StageOptions): Promise<RunResult> {
  const startedMs = performance.now();
  await using stage = await openStage(options);
  const run = await runOn(stage, options);
  return { ...run, seconds: Math.round((performance.now() - startedMs) / 1_000) };
}

/**
 * Like `runOnce`, but on servers that are already running. Several runs may use the same servers, one after the other.
 */
export async function runOn(stage: Stage, options: RunOptions): Promise<RunResult> {
  const { fault: name, seed, signal } = options;
  const { topology, system, acks, unfenced } = stage;
  const startedMs = performance.now();
  const random = seededRandom(seed);
  const stock = Math.ceil(options.usersPerEvent * stockShare);
  // Loads the code of the first call before the opening time is chosen, because loading may take a long time.
  await system.admin.clock.get.query();
  const opensAtMs = Date.now() + leadMs;
  const eventIds = await createEvents(system, options.events, stock, opensAtMs);
  await sleep(Math.max(opensAtMs - Date.now(), 0), undefined, { signal });
  const ledger = createLedger();
  const users = startUsers({
    ...{ apis: system.apis, events: eventIds, tokenOf: system.tokenOf, ledger, offsetMs: clockOffsetMs() },
    ...{ usersPerEvent: options.usersPerEvent, overMs: name === 'none' ? 0 : options.overMs },
  });
  const run: Run = { ...options, stage, ledger, users, eventIds, stock, opensAtMs };
  try {
    const struck = await strikeAfter(run, options.overMs * (0.2 + 0.1 * random()));
    const { happened, atMs, tookMs, before, after } = struck;
    const mended = await untilAnswered(run);
    system.requireAlive();
    const rate = rateOf(ledger);
    const events = await judgeEvents(run, struck, mended);
    return {
      cell: { topology: topology.name, acks, fault: name },
      ...{ seed, mysqlStopped: options.mysqlStopped, unfenced, network: topology.network.kind },
      fault: {
        ...{ atMs, tookMs, target: happened.target.name, promoted: happened.promoted?.name ?? null },
        ...{ facts: happened.facts, before, after },
      },
      ...{ events, rate },
      broken: brokenPromises(events),
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    users.stop();
    await users.done.catch(() => undefined);
    users.close();
  }
}

async function createEvents({ admin }: RunSystem, count: number, stock: number, opensAtMs: number): Promise<string[]> {
  const created = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      persist('creation of an event', () =>
        admin.admin.event.create.mutate({
          name: `Sale ${i + 1} through a failover`,
          amount: 10_000,
          stock,
          listed: false,
          opensAt: new Date(opensAtMs).toISOString(),
        }),
      ),
    ),
  );
  return created.map(({ id }) => id);
}

type Struck = {
  happened: Happened;
  hit: Set<string>;
  atMs: number;
  tookMs: number;
  before: RunResult['fault']['before'];
  after: RunResult['fault']['after'];
};

/** Causes the fault in the middle of the sale, then brings back everything that is down. */
async function strikeAfter(run: Run, afterMs: number): Promise<Struck> {
  const { ledger, eventIds } = run;
  const { topology, system, mysql, acks } = run.stage;
  const [first = ''] = eventIds;
  await sleep(afterMs - mysqlAwayBeforeMs, undefined, { signal: run.signal });
  if (run.mysqlStopped) await mysql.stop();
  await sleep(mysqlAwayBeforeMs, undefined, { signal: run.signal });
  const key = gateKey(first);
  const target = await topology.masterOf(key);
  const masters = await Promise.all(eventIds.map((eventId) => topology.masterOf(gateKey(eventId))));
  const before = await topology.states();
  const told = () =>
    ledger.answers.filter(({ eventId, outcome }) => eventId === first && outcome.status === 'issued').length;
  const atMs = Date.now();
  const happened = await faults[run.fault].strike({ topology, system, key, told, acks });
  const tookMs = Date.now() - atMs;
  const after = await topology.states();
  for (const node of topology.nodes) if (!node.isRunning()) await node.restart();
  topology.network.heal();
  await topology.untilWhole(60_000);
  await mysql.start();
  const hit = new Set(eventIds.filter((_, i) => masters[i] === target));
  return { happened, hit, atMs, tookMs, before, after };
}

/** Waits until every user has a decision. Until then, an operator repairs stopped events. */
async function untilAnswered(run: Run): Promise<Map<string, Mended>> {
  const mended = new Map<string, Mended>();
  await Promise.all(
    run.eventIds.map(async (eventId) => {
      const done = await untilAnsweredOne(run, eventId);
      if (done !== null) mended.set(eventId, done);
    }),
  );
  return mended;
}

/**
 * Waits until every user of an event has a decision, then until one more user has. Resolves to what an operator did for
 * the event, or to null if an operator did nothing.
 */
async function untilAnsweredOne(run: Run, eventId: string): Promise<Mended | null> {
  const mended = await untilNobodyWaits(run, eventId, null);
  // A sale that is already over may have lost claims too. One more call shows whether the event reports a loss.
  run.users.join(eventId, 'late-user');
  return untilNobodyWaits(run, eventId, mended);
}

async function untilNobodyWaits(run: Run, eventId: string, earlier: Mended | null): Promise<Mended | null> {
  const { stage, ledger, users, signal } = run;
  const giveUpAt = performance.now() + answeredWithinMs;
  let lostSince: number | null = null;
  let mended = earlier;
  // Gives up after some time; the result counts the users without a decision.
  while (users.waiting(eventId) > 0 && performance.now() < giveUpAt) {
    const last = ledger.last(eventId);
    const now = performance.now();
    lostSince = last !== undefined && saysLost(last) ? (lostSince ?? now) : null;
    if (mended === null && lostSince !== null && now - lostSince > lostForMs) {
      mended = await mendLostEvent(stage.system, eventId, highestTold(ledger, eventId));
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
  return mended;
}

function rateOf({ answers }: Ledger): Rate {
  const accepted = answers.filter(({ outcome }) => outcome.status === 'issued' && !outcome.replayed);
  const sentAtMs = answers.reduce((first, answer) => Math.min(first, answer.sentAtMs), Infinity);
  const doneAtMs = accepted.reduce((last, answer) => Math.max(last, answer.receivedAtMs), -Infinity);
  const { p50Ms, p99Ms } = spread(accepted.map((answer) => answer.receivedAtMs - answer.sentAtMs));
  const perSecond = accepted.length === 0 ? 0 : Math.round(accepted.length / ((doneAtMs - sentAtMs) / 1_000));
  return { accepted: accepted.length, perSecond, p50Ms: Math.round(p50Ms), p99Ms: Math.round(p99Ms) };
}

const highestTold = (ledger: Ledger, eventId: string): number =>
  ledger.answers.reduce(
    (highest, { eventId: id, outcome }) =>
      id === eventId && outcome.status === 'issued' ? Math.max(highest, outcome.serial) : highest,
    0,
  );

const judgeEvents = (run: Run, struck: Struck, mended: ReadonlyMap<string, Mended>): Promise<EventResult[]> =>
  Promise.all(run.eventIds.map((eventId) => judgeOne(run, struck, eventId, mended.get(eventId) ?? null)));

async function judgeOne(run: Run, struck: Struck, eventId: string, mended: Mended | null): Promise<EventResult> {
  const { ledger, users, stock, opensAtMs } = run;
  const { topology, system } = run.stage;
  const master = await topology.masterOf(gateKey(eventId));
  await awaitPersisted(master.redis, eventId, 1, run.signal);
  const answersNow = () => ledger.answers.filter((answer) => answer.eventId === eventId);
  const last = ledger.last(eventId);
  const stopped = mended !== null || (last !== undefined && saysLost(last));
  const storedNow = (await readRound(master.redis, system.db, eventId)).claims.mysql;
  const first = judgeEvent({
    answers: answersNow(),
    stored: new Map(storedNow.map(({ userId, serial }) => [userId, serial])),
    said: stopped,
    faultAtMs: struck.atMs,
  });
  const refused = await restoreClaims(system, eventId, first.lostSaid);
  // Every winner claims again, and must get the same serial and code.
  const winners = new Set(answersNow().flatMap(({ userId, outcome }) => (outcome.status === 'issued' ? [userId] : [])));
  for (const { userId } of first.lostSilently) winners.delete(userId);
  for (const { claim } of refused) winners.delete(claim.userId);
  await Promise.all([...winners].map((userId, turn) => users.ask(eventId, userId, turn)));
  const verdict = judgeEvent({
    answers: answersNow(),
    stored: new Map(storedNow.map(({ userId, serial }) => [userId, serial])),
    said: stopped,
    faultAtMs: struck.atMs,
  });
  await awaitPersisted(master.redis, eventId, 1, run.signal);
  const round = await readRound(master.redis, system.db, eventId);
  const verdicts = judgeSale({ ...round, stock, opensAtMs, clockErrorMs, answers: answersNow() });
  const explained = new Set<string>([
    ...explainedAlways,
    ...(stopped ? explainedByStop : []),
    ...(mended?.then === 'closed' ? explainedByClosing : []),
  ]);
  return {
    eventId,
    hit: struck.hit.has(eventId),
    stopped,
    advice: mended?.advice ?? [],
    then: mended?.then ?? null,
    asked: run.usersPerEvent + 1,
    told: verdict.told,
    lostSaid: first.lostSaid.length,
    lostSilently: first.lostSilently.length,
    restored: first.lostSaid.length - refused.length,
    refusals: refused.map(({ claim, why }) => `serial ${claim.serial} of ${claim.userId}: ${why}`),
    serialToldTwice: verdict.serialToldTwice,
    userWithTwoCodes: verdict.userWithTwoCodes,
    unavailableMs: first.unavailableMs,
    firstDecidedAfterMs: first.firstDecidedAfterMs,
    undecidedAnswers: answersNow().filter((answer) => !isDecided(answer)).length,
    neverAnswered: users.waiting(eventId),
    findings: verdicts.flatMap(({ promise, findings }) =>
      findings
        .filter(({ kind }) => !explained.has(kind))
        .map(({ kind, count, examples: [example] }) => ({
          promise,
          kind,
          count,
          example: JSON.stringify(example ?? null),
        })),
    ),
  };
}

/** This run does not judge how late a sale opens, because a busy machine may be late; other tests do. */
const explainedAlways = ['opened_late'];
/** If no store has a claim's time, the restored claim gets the time of its restoration. */
const explainedByStop = ['order_of_time', 'told_otherwise', 'replay_differs'];

/**
 * If an event was closed, coupons may be left. A coupon in the middle may be among them, because its claim was lost
 * before its user learned of it.
 */
const explainedByClosing = ['too_few', 'serial_gap'];

function brokenPromises(events: EventResult[]): string[] {
  return events.flatMap((event) => {
    const problems: string[] = [];
    if (event.lostSilently > 0) problems.push(`${event.lostSilently} claims lost silently`);
    if (event.restored < event.lostSaid)
      problems.push(`${event.lostSaid - event.restored} proved claims not restored (${event.refusals[0]})`);
    if (event.serialToldTwice > 0) problems.push(`${event.serialToldTwice} serials given to two users`);
    if (event.userWithTwoCodes > 0) problems.push(`${event.userWithTwoCodes} users with two codes`);
    if (event.neverAnswered > 0) problems.push(`${event.neverAnswered} users never answered`);
    for (const { kind, count, example } of event.findings) problems.push(`${count} ${kind} (${example})`);
    return problems.map((problem) => `${event.eventId}: ${problem}`);
  });
}

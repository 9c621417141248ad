import { inPieces } from '../runtime/in-pieces.ts';
import { openCoder } from '../claims/code.ts';
import { givesUnits } from '../events/event.ts';
import { roundKeys } from '../redis/keys.ts';
import { listSettledUnstored } from '../claims/claim-faults.ts';
import { findStoredSerials } from '../claims/claim-rows.ts';
import type { EventRow } from '../events/event-rows.ts';
import { ClaimComparer, type ClaimsPiece } from '../proof/compare-claims.ts';
import { FindingLog, type Finding } from '../proof/finding.ts';
import { SerialSet } from '../proof/serial-set.ts';
import { readGate } from '../gate/gate.ts';
import { reservedAmong, reservedTo } from '../events/reserved-serials.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimCase, JudgedRound } from './claim-case.ts';
import { mustFind } from '../events/must-find.ts';
import { paceBy } from './pace.ts';
import type { DriftKind, WatchReconcile } from './report.ts';
import { cutSurely, type RoundCut } from './round-cut.ts';
import { scanRound, surveyWinners } from './scan-round.ts';

export type RoundJudgement = {
  round: number;
  issued: number;
  persisted: number;
  pending: number;
  /** Serials that an operator keeps for people who can prove that they have them, and that nobody has. */
  reserved: number;
  /** Winners whom MySQL does not have because an operator settled their faults: no finding. */
  settled: number;
  findings: Finding<DriftKind>[];
  /** The highest serial that anybody has. */
  highest: number;
  /** Whether the gate is lost, which is a finding too. */
  lost: boolean;
};

/** Told of what the stores disagree about while a round is judged; whoever mends does so here. */
export type Mender = {
  /** Users of one piece; `taken` are the serials that winners have. */
  claims(round: JudgedRound, amiss: ClaimCase[], taken: SerialSet): Promise<void>;
  /** Numbers of units that are in no place where they could be. */
  lostNumbers(numbers: number[]): Promise<void>;
  /** Called once for a round with units: a number may be in two places. `taken` are those that winners have. */
  twofoldNumbers(round: JudgedRound, taken: SerialSet): Promise<void>;
};

export type JudgeOptions = { watch: WatchReconcile; signal: AbortSignal | undefined; mender?: Mender };

/** Numbers above the stock are there after it was lowered; more of them than this nobody ever gave. */
const lostAboveMax = 10_000;

/** How many serials are asked about at once. */
const serialsPerLook = 1_000;

/** How often a round is judged that was retired, rebuilt or reset meanwhile. */
const judgedMax = 3;

/**
 * Judges the event's current round at a cut: serials up to the counter as it is at the beginning. Claims that arrive
 * meanwhile are newer and not judged. Throws when a store does not answer.
 */
export async function judgeRound(stores: Stores, eventId: string, options: JudgeOptions): Promise<RoundJudgement> {
  for (let judged = 1; ; judged += 1) {
    const event = await mustFind(stores, eventId);
    const judgement = await judgeOnce(stores, event, options);
    if (judgement.findings.length === 0 || judged === judgedMax) return judgement;
    // A round that went out of Redis, or came back, looks like two that contradict each other; so does one that was seeded
    // with another strategy.
    if (lifeOf(await mustFind(stores, eventId)) === lifeOf(event)) return judgement;
  }
}

const lifeOf = ({
  strategy,
  currentRound,
  roundRow: { retiredAtMs, unlinkedAtMs, rebuildingAtMs },
}: EventRow): string => [strategy, currentRound, retiredAtMs, unlinkedAtMs, rebuildingAtMs].join('/');

async function judgeOnce(
  stores: Stores,
  event: EventRow,
  { watch, signal, mender }: JudgeOptions,
): Promise<RoundJudgement> {
  const round: JudgedRound = { stores, event, coder: openCoder(event.roundRow.codeKey) };
  const cut = await cutSurely(stores, event);
  const { standing, newestStored } = cut;
  const log = new FindingLog<DriftKind>();
  if (standing.kind === 'lost') log.add('config_drift', { detail: `the gate is lost: ${standing.why}` });
  const pace = paceBy(stores.db, signal);
  watch({ step: cut.inRedis ? 'winners in Redis' : 'claims in MySQL', done: 0, of: null });
  const survey = cut.inRedis ? await surveyWinners(round, pace) : { serials: new SerialSet(), odd: new Set<string>() };
  const gate = standing.kind === 'gate' ? standing.gate : null;
  const counterNow = gate === null ? null : await topOf(stores, event);
  const limits = judgedLimits(event, cut, survey.serials.highest, counterNow);
  const comparer = new ClaimComparer({ stock: limits.stock, issued: limits.judgedTo });
  const settled = await listSettledUnstored(stores.db, event.eventId, event.currentRound);
  const excused = new Set<number>();

  for await (const { agreed, piece, amiss } of scanRound(round, cut, survey, {
    judgedTo: limits.judgedTo,
    watch,
    pace,
  })) {
    for (const claim of agreed) comparer.addAgreed(claim);
    const decided = settledAmong(amiss, settled);
    for (const serial of decided.values()) excused.add(serial);
    comparer.add(decided.size === 0 ? piece : withoutWinners(piece, decided));
    if (amiss.length > 0) await mender?.claims(round, amiss, survey.serials);
  }
  // With the winners gone, the serials of settled claims are all that is left of them.
  if (!cut.inRedis) for (const serials of settled.values()) for (const serial of serials) excused.add(serial);
  // Last, because another claim may have the serial: that is no conflict with one that MySQL will not have.
  for (const serial of excused) if (serial >= 1 && serial <= limits.judgedTo) comparer.excuse(serial);
  if (gate !== null && givesUnits(event.strategy)) {
    const { attempts, winners } = cut.counts;
    await excuseUnits(round, comparer, limits.judgedTo, mender);
    const { findings, inMySql } = comparer.finish((await topOf(stores, event)) ?? 0);
    const missing = countOf(findings, 'missing_in_redis') + countOf(findings, 'serial_gap');
    const given = gate.given ?? 0;
    const nowhere = given - winners - attempts - cut.counts.returned - missing;
    if (given > gate.stock && nowhere > countOf(findings, 'counter_drift')) {
      log.add(
        'counter_drift',
        { detail: `${nowhere} numbers above the stock are nowhere, of ${given} given` },
        nowhere,
      );
      const above = Array.from({ length: Math.min(given - gate.stock, lostAboveMax) }, (_, i) => gate.stock + 1 + i);
      await mender?.lostNumbers(above.filter((number) => !survey.serials.has(number)));
    }
    if (gate.issued < winners || gate.issued > winners + missing) {
      const detail = `the gate counts ${gate.issued} settled, there are ${winners} winners`;
      log.add('counter_drift', { detail }, Math.abs(gate.issued - winners));
    }
    // Of a gate that decides no more something must be said, where all claims agree.
    const twofold = winners + attempts + cut.counts.returned - given;
    if (twofold > 0 && findings.length === 0 && log.list().length === 0) {
      log.add('counter_drift', { detail: `${twofold} numbers are in two places, of ${given} given` }, twofold);
    }
    // Whatever else is amiss may hide that the numbers add up to too many.
    await mender?.twofoldNumbers(round, survey.serials);
    const found = [...findings, ...log.list()];
    return {
      round: event.currentRound,
      issued: gate.issued,
      persisted: inMySql,
      pending: attempts,
      reserved: 0,
      settled: excused.size,
      findings: found,
      highest: comparer.highest,
      lost: false,
    };
  }
  if (standing.kind === 'none' && mayLackSerials(event)) {
    for (const serial of numbersOf([...comparer.gaps(limits.judgedTo)])) comparer.excuse(serial);
  }
  const reserved = excuseReserved(comparer, gate?.reserved ?? event.roundRow.reserved, limits.judgedTo);
  const counterAfter = gate === null ? Math.max(limits.judgedTo, comparer.highest) : await topOf(stores, event);
  const { findings, inMySql, pending } = comparer.finish(counterAfter ?? 0);
  // Each serial that nobody has is one of the vacant ones, or its claim is gone.
  const gone = gate === null ? 0 : reserved - gate.vacant;
  if (gone > 0) {
    log.add(
      'serial_gap',
      { detail: `of ${gate?.reserved}, which are reserved, ${gone} had a claim that is gone` },
      gone,
    );
  }
  // Of a gate that decides no more something must be said: where all claims agree, it is its own count that is wrong.
  const strayed = gate === null ? 0 : cut.counts.winners - (gate.issued - gate.vacant);
  if (strayed !== 0 && findings.length === 0 && log.list().length === 0) {
    const detail = `the gate counts ${gate?.issued} issued, ${gate?.vacant} of them nobody's, and there are ${cut.counts.winners} winners`;
    log.add('counter_drift', { detail }, Math.abs(strayed));
  }
  return {
    round: event.currentRound,
    issued: issuedAt(cut, limits.judgedTo, inMySql),
    persisted: inMySql,
    pending,
    reserved,
    settled: excused.size,
    findings: [...findings, ...log.list()],
    highest: Math.max(comparer.highest, newestStored?.serial ?? 0),
    lost: standing.kind === 'lost',
  };
}

/**
 * Whether a round that has left Redis may lack serials: numbers of units that had come back when it closed. One that sold out
 * gave all of them.
 */
const mayLackSerials = ({ strategy, roundRow }: EventRow): boolean =>
  givesUnits(strategy) && roundRow.retiredAtMs !== null && roundRow.soldOutAtMs === null;

const countOf = (findings: readonly Finding[], kind: DriftKind): number =>
  findings.find((finding) => finding.kind === kind)?.count ?? 0;

function issuedAt({ standing, inRedis }: RoundCut, judgedTo: number, persisted: number): number {
  if (standing.kind === 'gate') return standing.gate.issued;
  return inRedis ? judgedTo : persisted;
}

/**
 * Up to which serial a round is judged: to the gate's counter, and beyond it to what a store knows in spite of it. Without
 * a gate everything that is known. `counterNow` is the counter after the winners were read.
 */
function judgedLimits(
  { roundRow, strategy }: EventRow,
  { standing, newestStored, waitingTo }: RoundCut,
  highestWinner: number,
  counterNow: number | null,
): { stock: number; judgedTo: number } {
  const known = Math.max(newestStored?.serial ?? 0, waitingTo);
  if (standing.kind !== 'gate') {
    return { stock: roundRow.stock, judgedTo: Math.min(Math.max(known, highestWinner), roundRow.stock) };
  }
  const { gate } = standing;
  // Numbers that came back may be above a stock that was lowered since.
  const counter = givesUnits(strategy) ? Math.min(gate.given ?? 0, gate.stock) : gate.issued;
  const winner = highestWinner > (counterNow ?? 0) ? highestWinner : 0;
  // What lies above the stock is found without being judged, and does not make the counter wrong.
  return { stock: gate.stock, judgedTo: Math.max(counter, Math.min(Math.max(known, winner), gate.stock)) };
}

/** The gate's counter now: the highest serial, or number of a unit, that was ever given. Null without a gate. */
async function topOf({ redis }: Stores, { eventId }: EventRow): Promise<number | null> {
  const gate = await readGate(redis.client, eventId);
  return gate && (gate.given ?? gate.issued);
}

/**
 * Numbers that nobody has may be on their way, or have come back: those are excused. What is left is lost, which is
 * confirmed by MySQL, because its claim may have been stored and settled since its page was read.
 */
async function excuseUnits(
  { stores, event }: JudgedRound,
  comparer: ClaimComparer,
  judgedTo: number,
  mender: Mender | undefined,
): Promise<void> {
  const { eventId, currentRound: round } = event;
  const keys = roundKeys(eventId, round);
  for (const serials of inPieces(numbersOf([...comparer.gaps(judgedTo)]), serialsPerLook)) {
    const replies = await stores.redis.client
      .multi()
      .hmget(keys.attempts, ...serials.map(String))
      .zmscore(keys.returned, ...serials.map(String))
      .exec();
    const [attempts, returned] = (replies ?? []).map(([err, reply]) => {
      if (err !== null) throw err;
      return reply as unknown[];
    });
    const nowhere: number[] = [];
    serials.forEach((serial, i) => {
      if (typeof attempts?.[i] === 'string' || typeof returned?.[i] === 'string') comparer.excuse(serial);
      else nowhere.push(serial);
    });
    if (nowhere.length === 0) continue;
    const stored = await findStoredSerials(stores.db, { eventId, round, serials: nowhere });
    for (const serial of stored) comparer.excuse(serial);
    const lost = nowhere.filter((serial) => !stored.has(serial));
    if (lost.length > 0) await mender?.lostNumbers(lost);
  }
}

/** Winners whom MySQL does not have because an operator settled the fault of just this claim: user -> serial. */
function settledAmong(
  amiss: readonly ClaimCase[],
  settled: ReadonlyMap<string, ReadonlySet<number>>,
): Map<string, number> {
  const decided = new Map<string, number>();
  for (const { userId, winner, outbox, stored } of amiss) {
    if (winner === null || stored !== null || outbox.length > 0) continue;
    if (settled.get(userId)?.has(winner.serial) === true) decided.set(userId, winner.serial);
  }
  return decided;
}

const withoutWinners = (piece: ClaimsPiece, users: ReadonlyMap<string, unknown>): ClaimsPiece => ({
  ...piece,
  winners: [...piece.winners].filter(({ userId }) => !users.has(userId)),
});

/** Takes reserved serials that nobody has for nobody's; returns how many they are. */
function excuseReserved(comparer: ClaimComparer, reserved: string, judgedTo: number): number {
  let count = 0;
  for (const serial of reservedAmong(reserved, comparer.gaps(Math.min(reservedTo(reserved), judgedTo)))) {
    comparer.excuse(serial);
    count += 1;
  }
  return count;
}

function* numbersOf(gaps: readonly { from: number; to: number }[]): Generator<number> {
  for (const { from, to } of gaps) for (let serial = from; serial <= to; serial += 1) yield serial;
}

import { listSettledUnstored } from '../claims/claim-faults.ts';
import { openCoder } from '../claims/code.ts';
import { ClaimComparer, type ClaimsPiece } from '../compare/compare-claims.ts';
import type { DriftKind } from '../compare/drift-kind.ts';
import { detailOf, FindingLog } from '../compare/finding.ts';
import { SerialSet } from '../compare/serial-set.ts';
import type { Judged, RoundSnapshot } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { highestGiven } from '../gate/gate-counter.ts';
import { readGate } from '../gate/gate.ts';
import { say } from '../messages/message.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimCase, JudgedRound } from './claim-case.ts';
import { mustTakeSnapshot } from './must-take-snapshot.ts';
import { paceBy } from './pace.ts';
import type { WatchReconcile } from './report.ts';
import { scanRound } from './scan-round.ts';
import { scanWinners } from './scan-winners.ts';

export type RoundJudgement = Judged & {
  round: number;
  /** Winners that MySQL lacks because an operator settled their faults. They are not findings. */
  settled: number;
  /** Whether the gate is lost. */
  lost: boolean;
};

/** While a round is judged, fixes what the stores disagree about. */
export type Mender = {
  /**
   * Called with the users of one piece of the scan about whom the stores disagree. `taken` holds the winners' serials.
   */
  claims(round: JudgedRound, amiss: ClaimCase[], taken: SerialSet): Promise<void>;
  /** Called with unit numbers that are missing everywhere. */
  lostNumbers(numbers: number[]): Promise<void>;
  /** Called once for a round with units, whose numbers may be in two places. `taken` holds the winners' numbers. */
  twofoldNumbers(round: JudgedRound, taken: SerialSet): Promise<void>;
};

export type JudgeOptions = { watch: WatchReconcile; signal: AbortSignal | undefined; mender?: Mender };

/** How many times to judge a round that is retired, rebuilt or reset during the scan. */
const judgedMax = 3;

/**
 * Judges the event's current round as of a snapshot, up to the counter at the start; claims that come later are not
 * judged. Throws if a store does not answer.
 */
export async function judgeRound(stores: Stores, eventId: string, options: JudgeOptions): Promise<RoundJudgement> {
  for (let judged = 1; ; judged += 1) {
    const event = await mustFind(stores, eventId);
    const judgement = await judgeOnce(stores, event, options);
    if (judgement.findings.length === 0 || judged === judgedMax) return judgement;
    // If a round left Redis or came back during the scan, the stores seem to contradict each other. The same happens if
    // an event was seeded with a different strategy during the scan.
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
  const snapshot = await mustTakeSnapshot(stores, event);
  const { standing } = snapshot;
  const log = new FindingLog<DriftKind>();
  if (standing.kind === 'lost') log.add('config_drift', detailOf(say('found_gate_lost', { why: standing.why })));
  const pace = paceBy(stores.db, signal);
  watch({ step: snapshot.inRedis ? 'winners in Redis' : 'claims in MySQL', done: 0, of: null });
  const scan = snapshot.inRedis ? await scanWinners(round, pace) : { serials: new SerialSet(), odd: new Set<string>() };
  const gate = standing.kind === 'gate' ? standing.gate : null;
  const counterNow = gate === null ? null : await topOf(stores, event);
  const limits = judgedLimits(event, snapshot, scan.serials.highest, counterNow);
  const comparer = new ClaimComparer({ stock: limits.stock, issued: limits.judgedTo });
  const settled = await listSettledUnstored(stores.db, event.eventId, event.currentRound);
  const excused = new Set<number>();

  for await (const { agreed, piece, amiss } of scanRound(round, snapshot, scan, {
    judgedTo: limits.judgedTo,
    watch,
    pace,
  })) {
    for (const claim of agreed) comparer.addAgreed(claim);
    const decided = settledAmong(amiss, settled);
    for (const serial of decided.values()) excused.add(serial);
    comparer.add(decided.size === 0 ? piece : withoutWinners(piece, decided));
    if (amiss.length > 0) await mender?.claims(round, amiss, scan.serials);
  }
  // If the winners are gone, all that is left of settled claims is their serials.
  if (!snapshot.inRedis) for (const serials of settled.values()) for (const serial of serials) excused.add(serial);
  // Settled serials are excused only after all claims were added, because MySQL may have a different claim with the
  // same serial. That serial would then seem to have been given twice.
  for (const serial of excused) if (serial >= 1 && serial <= limits.judgedTo) comparer.excuse(serial);
  const judged = await engineOf(event.strategy).judge({
    ...{ stores, event, snapshot, comparer, log, judgedTo: limits.judgedTo, taken: scan.serials },
    mender: {
      lostNumbers: async (numbers) => mender?.lostNumbers(numbers),
      twofoldNumbers: async () => mender?.twofoldNumbers(round, scan.serials),
    },
  });
  return { ...judged, round: event.currentRound, settled: excused.size, lost: standing.kind === 'lost' };
}

/**
 * The highest serial to judge: the gate's counter, or a higher serial that a store knows. Without a gate, this is the
 * highest known serial. `counterNow` is the counter after the winners were read.
 */
function judgedLimits(
  { roundRow, strategy }: EventRow,
  { standing, newestStored, waitingTo }: RoundSnapshot,
  highestWinner: number,
  counterNow: number | null,
): { stock: number; judgedTo: number } {
  const known = Math.max(newestStored?.serial ?? 0, waitingTo);
  if (standing.kind !== 'gate') {
    return { stock: roundRow.stock, judgedTo: Math.min(Math.max(known, highestWinner), roundRow.stock) };
  }
  const { gate } = standing;
  const counter = engineOf(strategy).counterOfGate(gate);
  const winner = highestWinner > (counterNow ?? 0) ? highestWinner : 0;
  // Serials above the stock are reported anyway, and don't make the counter wrong.
  return { stock: gate.stock, judgedTo: Math.max(counter, Math.min(Math.max(known, winner), gate.stock)) };
}

/** The highest serial or unit number that the gate has given by now; null without a gate. */
async function topOf({ redis }: Stores, { eventId }: EventRow): Promise<number | null> {
  const gate = await readGate(redis.of(eventId).client, eventId);
  return gate && highestGiven(gate);
}

/**
 * Winners that MySQL lacks because an operator settled their claim's fault, with the claim's serial: user -> serial.
 */
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

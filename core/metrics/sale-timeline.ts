import { readPauses, type Pause } from '../audit/pauses.ts';
import { countClaims } from '../claims/claim-rows.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';
import type { TallyOutcome } from '../tally/claim-tally.ts';
import { readTallies } from '../tally/tally-rows.ts';
import { adminView } from '../views/admin-view.ts';
import { readClaimPoints, type PointLimits } from './claim-points.ts';
import { bucketsOf, bucketWidthMs, busiestBucket, type ClaimPoint, type TimeBuckets } from './time-buckets.ts';

/**
 * The course of a round's sale: when it opened, how fast it sold, when it was paused, and when everything was stored.
 */
export type SaleTimeline = SaleCounts & {
  eventId: string;
  round: number;
  opensAtMs: number;
  closesAtMs: number | null;
  closedAtMs: number | null;
  lastClaimedAtMs: number | null;
  /** When the last claim was stored. Null until the round has sold out or closed and MySQL has all of its claims. */
  storedAtMs: number | null;
  /** The time from the opening to the first claim. Null if nobody was waiting for the opening: see `openingErrorOf`. */
  openingErrorMs: number | null;
  /** The busiest bucket of the sale, among buckets that are as wide as those of `start`. */
  peak: { atMs: number; widthMs: number; claims: number } | null;
  /**
   * The first 100 buckets: 10 ms each if all claims came within a second, otherwise 100 ms each. Null without claims.
   */
  start: TimeBuckets | null;
  /** The whole sale, until its end or until now, in at most 200 buckets. Null without claims. */
  whole: TimeBuckets | null;
  pauses: Pause[];
  answers: { outcome: TallyOutcome; count: number }[];
};

type SaleCounts = {
  stock: number;
  issued: number;
  persisted: number;
  firstClaimedAtMs: number | null;
  soldOutAtMs: number | null;
};

/** If the first claim comes within this time of the opening, `whole` always begins at the opening. */
const wholeWaitMs = 10_000;
const startBuckets = 100;
const wholeBuckets = 200;

/** Reads the course of the sale of the round in `event.roundRow`. The cost has a limit: see `readClaimPoints`. */
export async function readSaleTimeline(stores: Stores, event: EventRow, limits?: PointLimits): Promise<SaleTimeline> {
  const { db, clock } = stores;
  const { eventId, roundRow } = event;
  const { round, opensAtMs, closesAtMs } = roundRow;
  const nowMs = clock.nowMs(eventId);
  const counts = await readCounts(stores, event);
  const [{ points, storedAtMs }, pauses, tallies] = await Promise.all([
    readClaimPoints(stores, event, limits),
    readPauses(db, eventId, round),
    readTallies(db, eventId, round),
  ]);
  const closedAtMs = roundRow.closedAtMs ?? (closesAtMs !== null && closesAtMs <= nowMs ? closesAtMs : null);
  const isOver = closedAtMs !== null || counts.soldOutAtMs !== null || event.currentRound !== round;
  // Redis knows the first claim before MySQL does. For earlier rounds, only MySQL knows it.
  const firstClaimedAtMs = counts.firstClaimedAtMs ?? firstOf(points);
  const early = tallies.get('not_open')?.count ?? 0;
  return {
    ...{ eventId, round, opensAtMs, closesAtMs, closedAtMs, ...counts, firstClaimedAtMs },
    lastClaimedAtMs: lastOf(points),
    storedAtMs: isOver && counts.persisted >= counts.issued ? storedAtMs : null,
    openingErrorMs: openingErrorOf({ opensAtMs, firstClaimedAtMs, early }),
    ...speedOf(points, { opensAtMs, untilMs: isOver ? null : nowMs }),
    pauses: pauses.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? closedAtMs })),
    answers: [...tallies].map(([outcome, { count }]) => ({ outcome, count })),
  };
}

/** Returns the counts that admins see for the current round, or the counts in MySQL for an earlier round. */
async function readCounts(stores: Stores, event: EventRow): Promise<SaleCounts> {
  const { round, stock, firstClaimAtMs, soldOutAtMs } = event.roundRow;
  if (event.currentRound === round) {
    const view = await adminView(stores, event);
    const { issued, persisted, firstClaimedAtMs } = view;
    return { stock: view.stock, issued, persisted, firstClaimedAtMs, soldOutAtMs: view.soldOutAtMs };
  }
  const persisted = await countClaims(stores.db, event.eventId, round);
  return { stock, issued: persisted, persisted, firstClaimedAtMs: firstClaimAtMs, soldOutAtMs };
}

const waitedWithinMs = 1_000;
const waitedAtMostMs = 60_000;

/**
 * The time from the opening to the first claim shows how punctual the opening was, but only if somebody was waiting for
 * it. A claim in the first second shows that somebody was waiting. A claim in the first minute shows it too, if other
 * users had called before the opening. Otherwise, this returns null: nobody was waiting, so the time says nothing about
 * the opening.
 */
export function openingErrorOf(facts: {
  opensAtMs: number;
  firstClaimedAtMs: number | null;
  /** How many calls were told that the event is not open yet. */
  early: number;
}): number | null {
  if (facts.firstClaimedAtMs === null) return null;
  const afterMs = facts.firstClaimedAtMs - facts.opensAtMs;
  return afterMs <= (facts.early > 0 ? waitedAtMostMs : waitedWithinMs) ? afterMs : null;
}

type Speed = Pick<SaleTimeline, 'peak' | 'start' | 'whole'>;

function speedOf(
  points: readonly ClaimPoint[],
  { opensAtMs, untilMs }: { opensAtMs: number; untilMs: number | null },
): Speed {
  const firstMs = firstOf(points);
  const lastMs = lastOf(points);
  if (firstMs === null || lastMs === null) return { peak: null, start: null, whole: null };
  // `start` and `whole` begin at the opening, unless the wait for the first claim would leave too little room for the
  // sale.
  const toMs = Math.max(lastMs, untilMs ?? 0);
  const beginMs = (waitMaxMs: number): number =>
    firstMs >= opensAtMs && firstMs - opensAtMs <= waitMaxMs ? opensAtMs : firstMs;
  const fromMs = beginMs(waitedWithinMs);
  const wholeFromMs = beginMs(Math.max(wholeWaitMs, toMs - firstMs));
  const finestMs = lastMs - firstMs < 1_000 ? 10 : 100;
  const finest = { alignMs: opensAtMs, widthMs: finestMs };
  const most = busiestBucket(points, finest);
  const startMs = Math.min(lastMs, fromMs + (startBuckets - 1) * finestMs);
  const widthMs = bucketWidthMs(toMs - wholeFromMs, { leastMs: finestMs, max: wholeBuckets });
  return {
    peak: most && { ...most, widthMs: finestMs },
    start: bucketsOf(points, { ...finest, fromMs, toMs: startMs }),
    whole: bucketsOf(points, { ...finest, fromMs: wholeFromMs, toMs, widthMs }),
  };
}

const firstOf = (points: readonly ClaimPoint[]): number | null =>
  points.reduce<number | null>((first, { sinceMs }) => Math.min(first ?? Infinity, sinceMs), null);
const lastOf = (points: readonly ClaimPoint[]): number | null =>
  points.reduce<number | null>((last, { atMs }) => Math.max(last ?? -Infinity, atMs), null);

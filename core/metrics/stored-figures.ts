import { highestSerial } from '../claims/claim-rows.ts';
import type { DbReader } from '../mysql/open-db.ts';

/** Figures from a round's claim rows. */
export type StoredFigures = {
  persisted: number;
  firstClaimedAtMs: number | null;
  lastClaimedAtMs: number | null;
  /** How many claims were decided in each span of `widthMs`, beginning at `fromMs`; at most 600 spans. */
  claimsOverTime: { fromMs: number; widthMs: number; counts: number[] };
  /**
   * How long claims took from their decision until they were in MySQL. Quantiles are accurate to 6%. Null if there are
   * no claims.
   */
  persistenceMs: { p50: number; p99: number; max: number } | null;
};

/**
 * The most serials that one statement covers. Grouping 100,000 rows takes about 60 ms, and a call to MySQL may take 1.5
 * s.
 */
const serialsPerStatement = 100_000;
const spansMax = 600;
const spanMinMs = 100;
/** How many classes of durations there are per factor of ten: each class is 12% wider than the one before. */
const classesPerDecade = 20;

/** Reads a round's claims once, in pieces by serial. Takes about 1 us per claim. */
export async function storedFigures(db: DbReader, eventId: string, round: number): Promise<StoredFigures> {
  const highest = await highestSerial(db, eventId, round);
  let persisted = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (const [after, to] of pieces(highest)) {
    const [row] = await db.$queryRaw<{ claims: bigint; first: Date | null; last: Date | null }[]>`
      SELECT COUNT(*) AS claims, MIN(claimed_at) AS first, MAX(claimed_at) AS last FROM claims
      WHERE event_id = ${eventId} AND round = ${round} AND serial > ${after} AND serial <= ${to}`;
    persisted += Number(row?.claims ?? 0);
    firstMs = Math.min(firstMs, row?.first?.getTime() ?? Infinity);
    lastMs = Math.max(lastMs, row?.last?.getTime() ?? -Infinity);
  }
  if (persisted === 0) {
    const claimsOverTime = { fromMs: 0, widthMs: spanMinMs, counts: [] };
    return { persisted, firstClaimedAtMs: null, lastClaimedAtMs: null, claimsOverTime, persistenceMs: null };
  }
  const widthMs = spanWidthMs(lastMs - firstMs);
  const fromMs = Math.floor(firstMs / widthMs) * widthMs;
  const counts = Array.from({ length: Math.floor((lastMs - fromMs) / widthMs) + 1 }, () => 0);
  const classes = new Map<number, number>();
  let maxMs = 0;
  const from = new Date(fromMs);
  for (const [after, to] of pieces(highest)) {
    const rows = await db.$queryRaw<{ span: bigint; class: number; claims: bigint; longest: bigint }[]>`
      SELECT FLOOR(TIMESTAMPDIFF(MICROSECOND, ${from}, claimed_at) / ${widthMs * 1_000}) AS span,
        ROUND(LOG10(GREATEST(TIMESTAMPDIFF(MICROSECOND, claimed_at, persisted_at), 1000) / 1000) * ${classesPerDecade}) AS class,
        COUNT(*) AS claims, MAX(TIMESTAMPDIFF(MICROSECOND, claimed_at, persisted_at)) AS longest
      FROM claims WHERE event_id = ${eventId} AND round = ${round} AND serial > ${after} AND serial <= ${to}
      GROUP BY span, class`;
    for (const row of rows) {
      const [span, group, claims] = [Number(row.span), Number(row.class), Number(row.claims)];
      counts[span] = (counts[span] ?? 0) + claims;
      classes.set(group, (classes.get(group) ?? 0) + claims);
      maxMs = Math.max(maxMs, Number(row.longest) / 1_000);
    }
  }
  const quantile = (q: number): number => Math.min(maxMs, classQuantileMs(classes, q));
  return {
    persisted,
    ...{ firstClaimedAtMs: firstMs, lastClaimedAtMs: lastMs },
    claimsOverTime: { fromMs, widthMs, counts },
    persistenceMs: { p50: quantile(0.5), p99: quantile(0.99), max: maxMs },
  };
}

function* pieces(highest: number): Generator<[after: number, to: number]> {
  for (let after = 0; after < highest; after += serialsPerStatement) yield [after, after + serialsPerStatement];
}

/**
 * The width of a span. It is 100 ms times 1, 2, 5, 10, 20, 50, ..., whichever first keeps the number of spans below
 * `spansMax`.
 */
export function spanWidthMs(spanMs: number): number {
  for (let decade = spanMinMs; ; decade *= 10) {
    for (const step of [1, 2, 5]) if (spanMs / (decade * step) < spansMax - 1) return decade * step;
  }
}

function classQuantileMs(classes: ReadonlyMap<number, number>, q: number): number {
  const sorted = [...classes].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, claims]) => sum + claims, 0);
  let below = 0;
  for (const [group, claims] of sorted) {
    below += claims;
    if (below >= q * total) return 10 ** (group / classesPerDecade);
  }
  return 0;
}

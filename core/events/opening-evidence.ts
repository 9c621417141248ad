import type { DbReader } from '../mysql/open-db.ts';

/** What MySQL knows of whether a round has accepted claims. */
export type OpeningEvidence = {
  mysqlNowMs: number;
  /** Whether a claim of the round was ever seen: stored, set aside, or noted by the sweep. */
  hasClaims: boolean;
};

/**
 * Reads MySQL's clock, and whether it has a claim of the round. To judge a gate, read this before the gate: a round that
 * is seeded and sold between the two reads would otherwise look lost. A lost `seededAt` commit can't hide a claim.
 */
export async function readOpeningEvidence(
  db: DbReader,
  {
    eventId,
    round,
    firstClaimAtMs,
    soldOutAtMs,
  }: { eventId: string; round: number; firstClaimAtMs: number | null; soldOutAtMs: number | null },
): Promise<OpeningEvidence> {
  const [row] = await db.$queryRaw<{ now: Date; stored: bigint; faulty: bigint }[]>`
    SELECT NOW(3) AS now,
      EXISTS (SELECT 1 FROM claims WHERE event_id = ${eventId} AND round = ${round}) AS stored,
      EXISTS (SELECT 1 FROM claim_faults WHERE event_id = ${eventId} AND round = ${round}) AS faulty`;
  if (row === undefined) throw new Error('MySQL did not return its time.');
  const noted = firstClaimAtMs !== null || soldOutAtMs !== null;
  return { mysqlNowMs: row.now.getTime(), hasClaims: noted || Number(row.stored) > 0 || Number(row.faulty) > 0 };
}

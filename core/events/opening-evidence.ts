import type { DbReader } from '../mysql/open-db.ts';

/** What MySQL knows about whether a round has accepted claims. */
export type OpeningEvidence = {
  mysqlNowMs: number;
  /** Whether the round ever had a claim: a stored one, one that was set aside, or one whose time the sweep recorded. */
  hasClaims: boolean;
};

/**
 * Reads MySQL's clock, and whether MySQL knows of a claim in the round. Read this before the gate. In the other order,
 * a round that is seeded and sells between the two reads would look like one whose gate was lost. Ignores `seededAt`,
 * whose commit MySQL may have lost.
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
  const [row] = await db.$queryRaw<{ now: Date; has_stored: bigint; has_faulty: bigint }[]>`
    SELECT NOW(3) AS now,
      EXISTS (SELECT 1 FROM claims WHERE event_id = ${eventId} AND round = ${round}) AS has_stored,
      EXISTS (SELECT 1 FROM claim_faults WHERE event_id = ${eventId} AND round = ${round}) AS has_faulty`;
  if (row === undefined) throw new Error('MySQL did not return its time.');
  const noted = firstClaimAtMs !== null || soldOutAtMs !== null;
  return {
    mysqlNowMs: row.now.getTime(),
    hasClaims: noted || Number(row.has_stored) > 0 || Number(row.has_faulty) > 0,
  };
}

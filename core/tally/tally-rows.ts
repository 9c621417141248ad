import { Prisma } from '../../prisma/generated/client.ts';
import type { Db, DbReader } from '../mysql/open-db.ts';
import { inPieces } from '../runtime/in-pieces.ts';
import { tallyOutcomes, type TallyOutcome } from './claim-tally.ts';
import { durationBoundsMs, noDurations, sumDurations, type Durations } from './durations.ts';

/** What one process has counted for a round so far. */
export type TallyRow = { eventId: string; round: number; outcome: TallyOutcome; durations: Durations };

const rowsPerStatement = 500;

/** Writes a process's totals. These totals replace the previous ones, so repeating a write changes nothing. */
export async function writeTallies(db: Db, source: string, rows: readonly TallyRow[], nowMs: number): Promise<void> {
  for (const piece of inPieces(rows, rowsPerStatement)) {
    const values = piece.map(({ eventId, round, outcome, durations: { count, sumMs, maxMs, buckets } }) => {
      const cells = [eventId, round, source, outcome, count, sumMs, maxMs, JSON.stringify(buckets), new Date(nowMs)];
      return Prisma.sql`(${Prisma.join(cells)})`;
    });
    await db.$executeRaw`
      INSERT INTO claim_tallies
        (event_id, round, source, outcome, answers, sum_ms, max_ms, buckets, updated_at)
      VALUES ${Prisma.join(values)}
      ON DUPLICATE KEY UPDATE answers = VALUES(answers), sum_ms = VALUES(sum_ms), max_ms = VALUES(max_ms),
        buckets = VALUES(buckets), updated_at = VALUES(updated_at)`;
  }
}

/** What all processes have counted for a round. */
export async function readTallies(db: DbReader, eventId: string, round: number): Promise<Map<TallyOutcome, Durations>> {
  const rows = await db.claimTally.findMany({ where: { eventId, round } });
  const tallies = new Map<TallyOutcome, Durations>();
  for (const { outcome, answers, sumMs, maxMs, buckets } of rows) {
    const known = tallyOutcomes.find((name) => name === outcome);
    if (known === undefined) continue;
    const durations = { count: Number(answers), sumMs, maxMs, buckets: readBuckets(buckets) };
    tallies.set(known, sumDurations(tallies.get(known) ?? noDurations(), durations));
  }
  return tallies;
}

/** Counts in buckets that differ from this version's can't be used, and are read as zeros. */
function readBuckets(text: string): number[] {
  const counts: unknown = JSON.parse(text);
  const fits = Array.isArray(counts) && counts.length === durationBoundsMs.length + 1;
  return fits ? counts.map(Number) : noDurations().buckets;
}

import type { Db } from '../mysql/open-db.ts';
import { say } from '../messages/message.ts';
import type { EventRow } from '../events/event-rows.ts';
import { Fault } from '../runtime/fault.ts';
import type { Gate } from './gate.ts';

/**
 * MySQL records the Redis in which a round's gate is trusted, and counts how often this Redis has changed. The gate
 * keeps the same count. After a failover, the old primary's gate still looks trusted, but its count is lower.
 */

type Trusted = { trustedBy: string | null; trustCount: number };

/**
 * Records in the round's row that the Redis with this id is about to trust the gate, and returns the count that the
 * gate has to get. If the process dies before the gate gets this count, the counts have a gap, which does no harm.
 * Throws `unavailable` if a different Redis has been trusted since the row was read.
 */
export async function recordTrust(db: Db, { eventId, roundRow }: EventRow, gate: Gate, runId: string): Promise<number> {
  const { round } = roundRow;
  const count = Math.max(gate.trustCount ?? 0, roundRow.trustCount) + 1;
  const updated = await db.$executeRaw`UPDATE rounds SET trusted_by = ${runId}, trust_count = ${count}
    WHERE event_id = ${eventId} AND round = ${round} AND trust_count < ${count}`;
  if (updated > 0) return count;
  const now = await db.round.findUnique({
    where: { eventId_round: { eventId, round } },
    select: { trustedBy: true, trustCount: true },
  });
  // Another process that trusts the same gate was faster.
  if (now?.trustedBy === runId) return now.trustCount;
  throw new Fault('unavailable', say('event_changing', { eventId }));
}

/**
 * If a gate became trusted while MySQL was down, records in the row that it is trusted. An earlier version does not
 * write a count, so the gates that it made are recorded only if the row names no Redis yet.
 */
export async function recordTrustedGate(
  db: Db,
  { eventId, roundRow }: EventRow,
  { runId, trustCount = 0 }: Gate,
  here: string | undefined,
): Promise<void> {
  if (runId !== here || roundRow.trustedBy === runId || isOutdated({ runId, trustCount }, roundRow)) return;
  await db.$executeRaw`UPDATE rounds SET trusted_by = ${runId}, trust_count = ${trustCount}
    WHERE event_id = ${eventId} AND round = ${roundRow.round}
      AND (trust_count < ${trustCount} OR trusted_by IS NULL)`;
}

/** Whether a trusted gate is out of date, because another Redis has been trusted with the round since. */
export function isOutdated({ runId, trustCount = 0 }: Pick<Gate, 'runId' | 'trustCount'>, row: Trusted): boolean {
  return row.trustedBy !== null && row.trustedBy !== runId && row.trustCount >= trustCount;
}

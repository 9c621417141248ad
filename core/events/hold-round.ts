import type { DbTransaction } from '../mysql/open-db.ts';
import type { EventRow } from './event-rows.ts';

/**
 * Locks the round's row until the transaction ends. Claims lock this row before they are stored, so they have to wait.
 */
export async function holdRound(tx: DbTransaction, { eventId, currentRound: round }: EventRow): Promise<void> {
  await tx.$queryRaw`SELECT stock FROM rounds WHERE event_id = ${eventId} AND round = ${round} FOR UPDATE`;
}

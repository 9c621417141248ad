import type { DbTransaction } from '../mysql/open-db.ts';
import type { EventRow } from './event-rows.ts';

/** Blocks everybody who locks the round's row before storing a claim, until the transaction ends. */
export async function holdRound(tx: DbTransaction, { eventId, currentRound: round }: EventRow): Promise<void> {
  await tx.$queryRaw`SELECT stock FROM rounds WHERE event_id = ${eventId} AND round = ${round} FOR UPDATE`;
}

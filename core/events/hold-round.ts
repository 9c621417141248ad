import type { DbTransaction } from '../mysql/open-db.ts';
import type { EventRow } from './event-rows.ts';

/** Keeps everybody who locks the round's row before storing a claim from doing so until the transaction ends. */
export async function holdRound(tx: DbTransaction, { eventId, currentRound: round }: EventRow): Promise<void> {
  await tx.$queryRaw`SELECT stock FROM rounds WHERE event_id = ${eventId} AND round = ${round} FOR UPDATE`;
}

import { findEvent, type EventRow } from '../events/event-rows.ts';
import type { DbReader } from '../mysql/open-db.ts';
import { findClaim } from './claim-rows.ts';
import type { OwnClaim } from './claim.ts';

/** A user's claim in an event's current round, if it is in MySQL. */
export async function findStoredClaim(db: DbReader, eventId: string, userId: string): Promise<OwnClaim | null> {
  const event = await findEvent(db, eventId);
  return event && storedClaimOf(db, event, userId);
}

/** Like `findStoredClaim`, for a caller that has the event's row. */
export async function storedClaimOf(
  db: DbReader,
  { eventId, currentRound }: EventRow,
  userId: string,
): Promise<OwnClaim | null> {
  const row = await findClaim(db, eventId, currentRound, userId);
  if (row === null) return null;
  const { serial, code, claimedAtMs, round } = row;
  return { serial, code, claimedAtMs, round, state: 'persisted' };
}

/**
 * The state of a winner's claim that may have been set aside and settled: `persisted` only if MySQL has it. If MySQL
 * does not answer, the state is `accepted`.
 */
export async function stateInMySql(
  db: DbReader,
  { eventId, round, userId, serial }: { eventId: string; round: number; userId: string; serial: number },
): Promise<OwnClaim['state']> {
  const row = await findClaim(db, eventId, round, userId).catch(() => null);
  return row?.serial === serial ? 'persisted' : 'accepted';
}

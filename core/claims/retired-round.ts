import type { EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import type { DbReader } from '../mysql/open-db.ts';
import { findClaim } from './claim-rows.ts';
import type { ClaimOutcome, OwnClaim } from './claim.ts';

/** A user's claim in a round that has left Redis. */
export async function findRetiredClaim(db: DbReader, event: EventRow, userId: string): Promise<OwnClaim | null> {
  const row = await findClaim(db, event.eventId, event.roundRow.round, userId);
  if (row === null) return null;
  const { serial, code, claimedAtMs, round } = row;
  return { serial, code, claimedAtMs, round, state: 'persisted' };
}

/**
 * The answer to a claim in a round that has left Redis: the user's claim again, or the phase in which the round ended.
 */
export async function retiredOutcome(
  db: DbReader,
  event: EventRow,
  userId: string,
  nowMs: number,
): Promise<ClaimOutcome> {
  const held = await findRetiredClaim(db, event, userId);
  if (held !== null) {
    const { serial, code, claimedAtMs, round } = held;
    return { status: 'issued', serial, code, claimedAtMs, round, replayed: true };
  }
  const { roundRow } = event;
  // Only closed and sold-out rounds are retired. If the round is not closed, it sold out, so `issued` is the stock.
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: roundRow.stock }, nowMs);
  return { status: phase === 'closed' || phase === 'paused' ? phase : 'sold_out' };
}

import type { EventRow } from '../events/event-rows.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import { say } from '../messages/message.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { Fault } from '../runtime/fault.ts';

/**
 * Locks an event whose round is to be seeded: not beside a change, which may still give an event that is not seeded another
 * strategy, nor beside another seeder. Throws when the event has left the round, or waits for an approval.
 */
export async function lockToSeed(tx: DbTransaction, eventId: string, round: number): Promise<EventRow> {
  const event = await lockEvent(tx, eventId);
  if (event.currentRound !== round) {
    throw new Fault('not_found', `Event ${eventId} is in round ${event.currentRound}, not in round ${round}.`);
  }
  // The gate of a round that a reset began, or that was seeded before, must be there to refuse.
  if (event.roundRow.needsApproval && round === 1 && event.roundRow.seededAtMs === null) {
    throw new Fault('unavailable', say('approval_pending', { eventId }));
  }
  return event;
}

/** Notes in the row that the round is seeded. */
export async function noteSeeded(tx: DbTransaction, event: EventRow, seededAtMs: number): Promise<void> {
  await tx.round.update({
    where: { eventId_round: { eventId: event.eventId, round: event.currentRound } },
    data: { seededAt: new Date(seededAtMs) },
    select: { round: true },
  });
}

import type { EventRow } from '../events/event-rows.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import { say } from '../messages/message.ts';
import type { DbTransaction } from '../mysql/open-db.ts';
import { Fault } from '../runtime/fault.ts';

/**
 * Locks an event so that its round can be seeded. The lock excludes other seeders and changes, because an event may get
 * a different strategy until it is seeded. Throws if the event has left the round, or still needs an approval.
 */
export async function lockToSeed(tx: DbTransaction, eventId: string, round: number): Promise<EventRow> {
  const event = await lockEvent(tx, eventId);
  if (event.currentRound !== round) {
    throw new Fault('not_found', say('other_round', { eventId, current: event.currentRound, round }));
  }
  // A round that a reset began, or that was seeded before, gets its gate before the approval, because the gate is what
  // refuses claims.
  if (event.roundRow.needsApproval && round === 1 && event.roundRow.seededAtMs === null) {
    throw new Fault('unavailable', say('approval_pending', { eventId }));
  }
  return event;
}

/** Records in the round's row that it is seeded. */
export async function recordSeeded(tx: DbTransaction, event: EventRow, seededAtMs: number): Promise<void> {
  await tx.round.update({
    where: { eventId_round: { eventId: event.eventId, round: event.currentRound } },
    data: { seededAt: new Date(seededAtMs) },
    select: { round: true },
  });
}

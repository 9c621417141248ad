import { eventPhase } from '../events/phase.ts';
import { givesUnits } from '../events/event.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * Whether somebody has to do something about a lost gate. A closed event issues nothing, so it misses none, once MySQL was
 * seen to have all of its claims; until then some may be lost with the gate.
 */
export function isAlarmingLoss({ event, lost }: { event: EventRow; lost: boolean }, nowMs: number): boolean {
  const { roundRow, strategy } = event;
  if (!lost || strategy === 'unsafe') return false;
  const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: 0 }, nowMs);
  if (phase !== 'closed') return true;
  return roundRow.verifiedAtMs === null && nowMs >= roundRow.opensAtMs && !givesUnits(strategy);
}

/** Under this key a process notes what it last logged of an event's gate. */
export const gateLossKey = (eventId: string): string => `gate ${eventId}`;

/**
 * Logs that an event's gate is lost: as an error if somebody has to act, else as information. It logs once per process, and
 * again when one becomes the other or when the gate was there in between.
 */
export function logGateLoss(
  { log, logged, clock }: Stores,
  event: EventRow,
  more: { round: number } | { detail: string },
): void {
  const { eventId } = event;
  const alarming = isAlarmingLoss({ event, lost: true }, clock.nowMs());
  if (!logged.isNew(gateLossKey(eventId), alarming ? 'alarming' : 'quiet')) return;
  if (alarming)
    log.error({ event: 'gate_lost', eventId, ...more }, `gate lost: event ${eventId} is stopped until it is repaired`);
  else
    log.info(
      { event: 'gate_lost', eventId, ...more },
      `gate lost: event ${eventId} is closed, so no claims are affected`,
    );
}

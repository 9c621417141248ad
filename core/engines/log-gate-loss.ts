import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';

export const gateLossKey = (eventId: string): string => `gate ${eventId}`;

/**
 * Logs that an event's gate is lost: as an error if an operator has to act, otherwise as information. Logs the loss
 * once per process, and again if the level changes, or if the gate came back and was lost once more.
 */
export function logGateLoss(
  { log, logged }: Stores,
  event: EventRow,
  { alarming, ...more }: { alarming: boolean } & ({ round: number } | { detail: string }),
): void {
  const { eventId } = event;
  if (!logged.isNew(gateLossKey(eventId), alarming ? 'alarming' : 'quiet')) return;
  if (alarming)
    log.error({ event: 'gate_lost', eventId, ...more }, `gate lost: event ${eventId} is stopped until it is repaired`);
  else
    log.info(
      { event: 'gate_lost', eventId, ...more },
      `gate lost: event ${eventId} is closed, so no claims are affected`,
    );
}

import type { EventRow } from '../events/event-rows.ts';
import { Fault } from '../runtime/fault.ts';

/** The fault of a resume from another serial, where a claim is in MySQL before anybody hears of it. */
export const storedFirst = ({ eventId, strategy }: Pick<EventRow, 'eventId' | 'strategy'>): Fault =>
  new Fault(
    'conflict',
    `Event ${eventId} can't go on from another serial: with ${strategy} a claim is in MySQL before anybody is told of it, so no serial can have been promised that MySQL does not have. Resume it without one.`,
  );

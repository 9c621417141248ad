import type { EventRow } from '../events/event-rows.ts';
import { Fault } from '../runtime/fault.ts';

/** The fault for resuming an event from another serial, if MySQL has each claim before its user learns of it. */
export const storedFirst = ({ eventId, strategy }: Pick<EventRow, 'eventId' | 'strategy'>): Fault =>
  new Fault(
    'conflict',
    `Event ${eventId} can't resume from another serial. With ${strategy}, MySQL has each claim before its user learns of it, so no serial can have been promised that MySQL lacks. Resume it without a serial.`,
  );

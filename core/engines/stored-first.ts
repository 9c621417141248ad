import { say } from '../messages/message.ts';
import type { EventRow } from '../events/event-rows.ts';
import { Fault } from '../runtime/fault.ts';

/**
 * The fault for choosing the serial from which an event resumes, if MySQL has each claim before its user learns of it:
 * then there is no serial to skip.
 */
export const storedFirst = ({ eventId, strategy }: Pick<EventRow, 'eventId' | 'strategy'>): Fault =>
  new Fault('conflict', say('resume_without_serial', { eventId, strategy }));

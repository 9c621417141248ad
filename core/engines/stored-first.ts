import { say } from '../messages/message.ts';
import type { EventRow } from '../events/event-rows.ts';
import { Fault } from '../runtime/fault.ts';

/**
 * The fault for an operator who chooses the serial from which an event resumes, if the event's strategy tells no user
 * of a claim that MySQL lacks. Such an event has no serial to skip.
 */
export const storedFirst = ({ eventId, strategy }: Pick<EventRow, 'eventId' | 'strategy'>): Fault =>
  new Fault('conflict', say('resume_without_serial', { eventId, strategy }));

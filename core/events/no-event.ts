import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';

/** The fault for an id that no event has. */
export const noEvent = (eventId: string): Fault => new Fault('not_found', say('no_event', { eventId }));

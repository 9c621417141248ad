import { say } from '../../messages/message.ts';
import { Fault } from '../../runtime/fault.ts';

/** The fault for a call that waited too long for an event's lock. */
export const lockBusy = (eventId: string): Fault => new Fault('busy', say('claims_queued', { eventId }));

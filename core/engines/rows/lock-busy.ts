import { Fault } from '../../runtime/fault.ts';

/** The fault for a call that waited too long for an event's lock. */
export const lockBusy = (eventId: string): Fault =>
  new Fault('busy', `Too many claims of event ${eventId} are waiting: nothing was decided. Try again shortly.`);

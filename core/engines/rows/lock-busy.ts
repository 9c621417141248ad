import { Fault } from '../../runtime/fault.ts';

/** What is thrown to who waited in vain for the lock of an event. */
export const lockBusy = (eventId: string): Fault =>
  new Fault('busy', `Too many claims of event ${eventId} are waiting: nothing was decided. Try again shortly.`);

import type { Stores } from '../stores/stores.ts';
import { findEvent, type EventRow } from './event-rows.ts';
import { noEvent } from './no-event.ts';

/** The event's row. Throws `not_found`. */
export async function mustFind({ db }: Stores, eventId: string): Promise<EventRow> {
  const event = await findEvent(db, eventId);
  if (event === null) throw noEvent(eventId);
  return event;
}

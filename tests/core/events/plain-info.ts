import { defaultOf, eachField, type EventInfo } from '../../../core/events/event-fields.ts';

/** What is known of an event that was given only what must be given. */
export const plainInfo: EventInfo = { ...eachField<EventInfo>(defaultOf), name: 'n', amount: 1 };

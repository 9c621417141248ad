import { defaultOf, eachField, type EventInfo } from '../../../core/events/event-fields.ts';

/** The fields of an event that was created with the required fields only. */
export const plainInfo: EventInfo = { ...eachField<EventInfo>(defaultOf), name: 'n', amount: 1 };

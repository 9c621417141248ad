import { defaultOf, eachField, type EventInfo } from '../../../core/events/event-fields.ts';

/** The fields of an event that was created with only the required fields. */
export const plainInfo: EventInfo = { ...eachField<EventInfo>(defaultOf), name: 'n', amount: 1 };

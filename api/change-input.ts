import { z } from 'zod';
import * as field from '../core/events/fields.ts';

/** What every change of an event carries. A `version` that is no longer the event's is a conflict. */
export const change = z.strictObject({
  eventId: field.eventId,
  version: field.version.optional(),
  requestId: field.requestId.optional(),
  reason: field.reason.optional(),
});

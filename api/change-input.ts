import { z } from 'zod';
import * as field from '../core/events/fields.ts';

/**
 * The fields that every change to an event has. If `version` is not the event's current version, the change is a
 * conflict.
 */
export const change = z.strictObject({
  eventId: field.eventId,
  version: field.version.optional(),
  requestId: field.requestId.optional(),
  reason: field.reason.optional(),
});

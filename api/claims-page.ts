import { z } from 'zod';
import { afterSerial, eventId, limit, reason, round } from '../core/events/fields.ts';

/** Which claims of a round a page holds: those after a serial. */
export const claimsPage = z.object({
  eventId,
  round: round.optional(),
  afterSerial: afterSerial.optional(),
  limit: limit(1_000, 100),
  reason: reason.optional(),
});

import { z } from 'zod';
import { afterSerial, eventId, limit, reason, round } from '../core/events/fields.ts';

/** Selects a page of a round's claims: those after a given serial. */
export const claimsPage = z.object({
  eventId,
  round: round.optional(),
  afterSerial: afterSerial.optional(),
  limit: limit(1_000, 100),
  reason: reason.optional(),
});

import { z } from 'zod';
import { eventId, reason, userId } from '../../core/events/fields.ts';
import { foundClaimOutput, showFoundClaim } from '../../core/wire/claim-wire.ts';
import { lookUpProcedure } from '../base.ts';

/** Finds a user's claims in all rounds, of one event or of all events. */
export const adminClaimFind = lookUpProcedure
  .input(z.object({ userId, eventId: eventId.optional(), reason: reason.optional() }))
  .output(z.array(foundClaimOutput))
  .query(async ({ ctx, input }) => (await ctx.admin.findClaims(input, ctx.actor)).map(showFoundClaim));

import { z } from 'zod';
import { viewerProcedure } from '../base.ts';
import { adminClaimOutput, showAdminClaim } from '../claim-output.ts';
import { eventId, userId } from '../fields.ts';

/** A user's claims in all rounds, of one event or of all. */
export const adminClaimFind = viewerProcedure
  .input(z.object({ userId, eventId: eventId.optional() }))
  .output(z.array(adminClaimOutput))
  .query(async ({ ctx, input }) => (await ctx.admin.findClaims(input)).map(showAdminClaim));

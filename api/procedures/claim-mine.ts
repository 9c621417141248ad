import { z } from 'zod';
import { userProcedure } from '../base.ts';
import { ownClaimOutput, showOwnClaim } from '../claim-output.ts';
import { eventId } from '../fields.ts';

/** The caller's claim of the event's current round, or null. */
export const claimMine = userProcedure
  .input(z.object({ eventId }))
  .output(ownClaimOutput.nullable())
  .query(async ({ ctx, input }) => {
    const claim = await ctx.claims.mine(input.eventId, ctx.userId);
    return claim === null ? null : showOwnClaim(claim);
  });

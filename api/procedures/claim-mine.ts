import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { ownClaimOutput, showOwnClaim } from '../../core/wire/claim-wire.ts';
import { userProcedure } from '../base.ts';

/** Returns the caller's claim in the event's current round, or null. */
export const claimMine = userProcedure
  .input(z.object({ eventId }))
  .output(ownClaimOutput.nullable())
  .query(async ({ ctx, input }) => {
    const claim = await ctx.claims.mine(input.eventId, ctx.userId);
    return claim === null ? null : showOwnClaim(claim);
  });

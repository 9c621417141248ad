import { z } from 'zod';
import { listedClaimOutput, showListedClaim } from '../../core/wire/claim-wire.ts';
import { userProcedure } from '../base.ts';

/** Lists the caller's claims from all events, newest first, at most 100. */
export const claimList = userProcedure
  .input(z.object({}).optional())
  .output(z.array(listedClaimOutput).max(100))
  .query(async ({ ctx }) => (await ctx.claims.list(ctx.userId)).map(showListedClaim));

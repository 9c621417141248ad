import { z } from 'zod';
import { userProcedure } from '../base.ts';
import { listedClaimOutput, showListedClaim } from '../claim-output.ts';

/** The caller's claims of all events, newest first, at most 100. */
export const claimList = userProcedure
  .input(z.object({}).optional())
  .output(z.array(listedClaimOutput).max(100))
  .query(async ({ ctx }) => (await ctx.claims.list(ctx.userId)).map(showListedClaim));

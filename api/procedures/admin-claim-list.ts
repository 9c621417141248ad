import { z } from 'zod';
import { adminClaimOutput, showAdminClaim } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { claimsPage } from '../claims-page.ts';

/** Claims of a round (the current one if none is named) in serial order, in pages: go on after the last serial. */
export const adminClaimList = viewerProcedure
  .input(claimsPage)
  .output(z.array(adminClaimOutput).max(1_000))
  .query(async ({ ctx, input }) => (await ctx.admin.listClaims(input, ctx.actor)).map(showAdminClaim));

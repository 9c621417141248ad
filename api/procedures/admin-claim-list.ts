import { z } from 'zod';
import { adminClaimOutput, showAdminClaim } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { claimsPage } from '../claims-page.ts';

/**
 * Lists the claims of a round, by default the current round, in serial order and in pages. To get the next page, pass
 * the last serial.
 */
export const adminClaimList = viewerProcedure
  .input(claimsPage)
  .output(z.array(adminClaimOutput).max(1_000))
  .query(async ({ ctx, input }) => (await ctx.admin.listClaims(input, ctx.actor)).map(showAdminClaim));

import { z } from 'zod';
import { adminClaimOutput, showAdminClaim } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { claimsPage } from '../claims-page.ts';

/**
 * Lists a round's claims (by default the current round's) in serial order, in pages: continue after the last serial.
 */
export const adminClaimList = viewerProcedure
  .input(claimsPage)
  .output(z.array(adminClaimOutput).max(1_000))
  .query(async ({ ctx, input }) => (await ctx.admin.listClaims(input, ctx.actor)).map(showAdminClaim));

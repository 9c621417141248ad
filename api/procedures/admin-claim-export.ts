import { exportedClaimsOutput, showAdminClaim } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { claimsPage } from '../claims-page.ts';

/** A page of an export, with the round that it is of: an export has one audit row, where a list has one a page. */
export const adminClaimExport = viewerProcedure
  .input(claimsPage)
  .output(exportedClaimsOutput)
  .query(async ({ ctx, input }) => {
    const { round, codes, claims } = await ctx.admin.exportClaims(input, ctx.actor);
    return { round, codes, claims: claims.map(showAdminClaim) };
  });

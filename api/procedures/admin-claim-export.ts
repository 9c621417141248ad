import { exportedClaimsOutput, showAdminClaim } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { claimsPage } from '../claims-page.ts';

/**
 * Returns a page of an export, and the round that is exported. A whole export writes one audit row; a list writes one
 * row for each page.
 */
export const adminClaimExport = viewerProcedure
  .input(claimsPage)
  .output(exportedClaimsOutput)
  .query(async ({ ctx, input }) => {
    const { round, codes, claims } = await ctx.admin.exportClaims(input, ctx.actor);
    return { round, codes, claims: claims.map(showAdminClaim) };
  });

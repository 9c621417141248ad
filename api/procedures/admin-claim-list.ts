import { z } from 'zod';
import { viewerProcedure } from '../base.ts';
import { adminClaimOutput, showAdminClaim } from '../claim-output.ts';
import { afterSerial, eventId, limit, round } from '../fields.ts';

/** Claims of a round (the current one if none is named) in serial order, in pages: go on after the last serial. */
export const adminClaimList = viewerProcedure
  .input(z.object({ eventId, round: round.optional(), afterSerial: afterSerial.optional(), limit: limit(1_000, 100) }))
  .output(z.array(adminClaimOutput).max(1_000))
  .query(async ({ ctx, input }) => (await ctx.admin.listClaims(input)).map(showAdminClaim));

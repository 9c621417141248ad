import { userProcedure } from '../base.ts';
import { submitClaim, submitClaimInput, submitClaimOutput } from '../submit-claim.ts';

/** Claims one coupon for the caller; repeating the call returns the same claim. The hot lane serves the plain calls. */
export const claimSubmit = userProcedure
  .input(submitClaimInput)
  .output(submitClaimOutput)
  .mutation(({ ctx, input }) => submitClaim(ctx, ctx.userId, input));

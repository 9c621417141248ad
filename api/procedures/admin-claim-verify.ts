import { z } from 'zod';
import { code, eventId, reason, round, serial, userId } from '../../core/events/fields.ts';
import { claimProofOutput } from '../../core/wire/claim-history-wire.ts';
import { lookUpProcedure } from '../base.ts';

/**
 * Returns whether a serial and code were issued to a user, even if the stores no longer have the claim. This is a
 * mutation because a query's input appears in its URL, and a code is a secret.
 */
export const adminClaimVerify = lookUpProcedure
  .input(z.strictObject({ eventId, userId, serial, code, round: round.optional(), reason: reason.optional() }))
  .output(claimProofOutput)
  .mutation(({ ctx, input }) => ctx.admin.verifyClaim(input, ctx.actor));

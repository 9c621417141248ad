import { z } from 'zod';
import { code, eventId, reason, round, serial, userId } from '../../core/events/fields.ts';
import { claimRestoredOutput } from '../../core/wire/claim-history-wire.ts';
import { operatorProcedure } from '../base.ts';

/** Puts back a claim that its user can prove and that a store has lost. The same call again changes nothing more. */
export const adminClaimRestore = operatorProcedure
  .input(z.strictObject({ eventId, userId, serial, code, round: round.optional(), reason: reason.optional() }))
  .output(claimRestoredOutput)
  .mutation(({ ctx, input }) => ctx.admin.restoreClaim(input, ctx.actor));

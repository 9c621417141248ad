import { z } from 'zod';
import { code, eventId, reason, round, serial, userId } from '../../core/events/fields.ts';
import { claimRestoredOutput } from '../../core/wire/claim-history-wire.ts';
import { operatorProcedure } from '../base.ts';

/** Restores a claim that a store has lost, if its user can prove it. Repeating the call changes nothing more. */
export const adminClaimRestore = operatorProcedure
  .input(z.strictObject({ eventId, userId, serial, code, round: round.optional(), reason: reason.optional() }))
  .output(claimRestoredOutput)
  .mutation(({ ctx, input }) => ctx.admin.restoreClaim(input, ctx.actor));

import { z } from 'zod';
import { eventId, faultId, reason, requestId } from '../../core/events/fields.ts';
import { claimFaultOutput, showClaimFault } from '../../core/wire/claim-fault-wire.ts';
import { operatorProcedure } from '../base.ts';

/**
 * Records that an operator has decided about a claim that MySQL could not store. Settling a fault twice changes
 * nothing.
 */
export const adminClaimSettleFault = operatorProcedure
  .input(z.strictObject({ eventId, id: faultId, reason, requestId: requestId.optional() }))
  .output(claimFaultOutput)
  .mutation(async ({ ctx, input: { reason: _reason, ...input } }) =>
    showClaimFault(await ctx.admin.settleFault(input, ctx.actor)),
  );

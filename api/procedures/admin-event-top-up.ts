import { stock } from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/** Adds coupons to the stock; a sold-out event then issues claims again. */
export const adminEventTopUp = operatorProcedure
  .input(change.extend({ add: stock }))
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.topUp(input, ctx.actor), ctx.clock.nowMs()));

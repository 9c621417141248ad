import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/** Ends the event's round permanently; claims already issued stay valid. */
export const adminEventClose = operatorProcedure
  .input(change)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.close(input, ctx.actor), ctx.clock.nowMs()));

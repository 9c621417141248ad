import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';
import { adminEventOutput, showAdminEvent } from '../event-output.ts';

/** Lets a paused event go on. */
export const adminEventResume = operatorProcedure
  .input(change)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.resume(input, ctx.actor), ctx.clock.nowMs()));

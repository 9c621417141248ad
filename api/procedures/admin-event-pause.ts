import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/** Pauses the event: claims are refused until it is resumed. Pausing an event twice changes nothing. */
export const adminEventPause = operatorProcedure
  .input(change)
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.pause(input, ctx.actor), ctx.clock.nowMs()));

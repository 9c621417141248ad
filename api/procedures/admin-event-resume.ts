import { serial } from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { operatorProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/**
 * Resumes a paused event. With `fromSerial`, issuing continues from that serial, and lower serials without a claim stay
 * reserved.
 */
export const adminEventResume = operatorProcedure
  .input(change.extend({ fromSerial: serial.optional() }))
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.resume(input, ctx.actor), ctx.clock.nowMs()));

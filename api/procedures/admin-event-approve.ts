import * as field from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { adminProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/** Lets an event open that waits for an approval, as it is at `version`. Not for whoever created or changed it. */
export const adminEventApprove = adminProcedure
  .input(change.extend({ version: field.version }))
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.approve(input, ctx.actor), ctx.clock.nowMs()));

import * as field from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { adminProcedure } from '../base.ts';
import { change } from '../change-input.ts';

/** Approves an event as it is at `version`, so that it can open. Refuses users who created or changed the event. */
export const adminEventApprove = adminProcedure
  .input(change.extend({ version: field.version }))
  .output(adminEventOutput)
  .mutation(async ({ ctx, input }) => showAdminEvent(await ctx.admin.approve(input, ctx.actor), ctx.clock.nowMs()));

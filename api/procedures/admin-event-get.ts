import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Returns one event, including the fields that only admins see. */
export const adminEventGet = viewerProcedure
  .input(z.object({ eventId }))
  .output(adminEventOutput)
  .query(async ({ ctx, input }) => showAdminEvent(await ctx.admin.get(input.eventId), ctx.clock.nowMs()));

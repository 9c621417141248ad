import { z } from 'zod';
import { viewerProcedure } from '../base.ts';
import { adminEventOutput, showAdminEvent } from '../event-output.ts';
import { eventId } from '../fields.ts';

/** One event, with what only admins see. */
export const adminEventGet = viewerProcedure
  .input(z.object({ eventId }))
  .output(adminEventOutput)
  .query(async ({ ctx, input }) => showAdminEvent(await ctx.admin.get(input.eventId), ctx.clock.nowMs()));

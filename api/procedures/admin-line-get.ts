import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { adminLineOutput, showAdminLine } from '../../core/wire/line-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Returns the figures of an event's waiting line. */
export const adminLineGet = viewerProcedure
  .input(z.strictObject({ eventId }))
  .output(adminLineOutput)
  .query(async ({ ctx, input }) => showAdminLine(await ctx.line.serving(input.eventId)));

import { z } from 'zod';
import { publicProcedure } from '../base.ts';
import { eventOutput, showEvent } from '../event-output.ts';
import { eventId } from '../fields.ts';

/** One event; its counts may lag by a second. */
export const eventGet = publicProcedure
  .input(z.object({ eventId }))
  .output(eventOutput)
  .query(async ({ ctx, input }) => showEvent(await ctx.events.get(input.eventId), ctx.clock.nowMs()));

import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { eventOutput, showEvent } from '../../core/wire/event-wire.ts';
import { publicProcedure } from '../base.ts';

/** Returns one event; its counts may lag by a second. */
export const eventGet = publicProcedure
  .input(z.object({ eventId }))
  .output(eventOutput)
  .query(async ({ ctx, input }) => showEvent(await ctx.events.get(input.eventId), ctx.clock.nowMs(input.eventId)));

import { z } from 'zod';
import { eventOutput, showEvent } from '../../core/wire/event-wire.ts';
import { publicProcedure } from '../base.ts';

/** Returns the listed events that have not ended, in order of opening time, at most 100. */
export const eventList = publicProcedure
  .input(z.object({}).optional())
  .output(z.array(eventOutput).max(100))
  .query(async ({ ctx }) => {
    const events = await ctx.events.list();
    const nowMs = ctx.clock.nowMs();
    return events.map((event) => showEvent(event, nowMs));
  });

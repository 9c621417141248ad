import { z } from 'zod';
import { cursor, limit } from '../../core/events/fields.ts';
import { adminEventOutput, showAdminEvent } from '../../core/wire/event-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Lists all events, newest first, in pages. To get the next page, pass `nextCursor` as `cursor`, until it is null. */
export const adminEventList = viewerProcedure
  .input(z.object({ cursor: cursor.optional(), limit: limit(100, 50) }).prefault({}))
  .output(z.object({ events: z.array(adminEventOutput), nextCursor: z.string().nullable() }))
  .query(async ({ ctx, input }) => {
    const page = await ctx.admin.list(input);
    const nowMs = ctx.clock.nowMs();
    return { events: page.events.map((event) => showAdminEvent(event, nowMs)), nextCursor: page.nextCursor };
  });

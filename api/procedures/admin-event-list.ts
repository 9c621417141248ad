import { z } from 'zod';
import { viewerProcedure } from '../base.ts';
import { adminEventOutput, showAdminEvent } from '../event-output.ts';
import { cursor, limit } from '../fields.ts';

/** All events, newest first, in pages: pass `nextCursor` as `cursor` until it is null. */
export const adminEventList = viewerProcedure
  .input(z.object({ cursor: cursor.optional(), limit: limit(100, 50) }).prefault({}))
  .output(z.object({ events: z.array(adminEventOutput), nextCursor: z.string().nullable() }))
  .query(async ({ ctx, input }) => {
    const page = await ctx.admin.list(input);
    const nowMs = ctx.clock.nowMs();
    return { events: page.events.map((event) => showAdminEvent(event, nowMs)), nextCursor: page.nextCursor };
  });

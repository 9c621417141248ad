import { z } from 'zod';
import { cursor, eventId, limit, round } from '../../core/events/fields.ts';
import { figuresPageOutput, showRoundFigures } from '../../core/metrics/figures-wire.ts';
import { viewerProcedure } from '../base.ts';

/**
 * Returns the figures of one round, or of all events' current rounds in pages. The figures come from stored data, which
 * outlives the processes.
 */
export const adminMetricsExport = viewerProcedure
  .input(
    z.strictObject({
      eventId: eventId.optional(),
      round: round.optional(),
      cursor: cursor.optional(),
      limit: limit(100, 20),
    }),
  )
  .output(figuresPageOutput)
  .query(async ({ ctx, input }) => {
    const { rounds, nextCursor } = await ctx.admin.exportMetrics(input);
    return { rounds: rounds.map(showRoundFigures), nextCursor };
  });

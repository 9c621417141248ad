import { z } from 'zod';
import { afterSerial, eventId, limit } from '../../core/events/fields.ts';
import { lineEntriesOutput, showLineEntries } from '../../core/wire/line-wire.ts';
import { publicProcedure } from '../base.ts';

/** Returns the order of a shuffled line after its seal, in parts, so that anybody can check it against the seed. */
export const lineEntries = publicProcedure
  .input(z.object({ eventId, after: afterSerial.default(0), limit: limit(1_000, 1_000) }))
  .output(lineEntriesOutput)
  .query(async ({ ctx, input }) =>
    showLineEntries(await ctx.line.entries(input.eventId, input.after, input.limit), input),
  );

import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { servingOutput, showServing } from '../../core/wire/line-wire.ts';
import { publicProcedure } from '../base.ts';

/** Returns what all waiting pages need to know: which place is being served, and whether the line moves. */
export const lineServing = publicProcedure
  .input(z.object({ eventId }))
  .output(servingOutput)
  .query(async ({ ctx, input }) => showServing(await ctx.line.serving(input.eventId)));

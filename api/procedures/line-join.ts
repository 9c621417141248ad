import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { ownPlaceOutput, showOwnPlace } from '../../core/wire/line-wire.ts';
import { userProcedure } from '../base.ts';

/** Puts the caller at the end of an event's waiting line. Repeating the call keeps the place. */
export const lineJoin = userProcedure
  .input(z.object({ eventId }))
  .output(ownPlaceOutput)
  .mutation(async ({ ctx, input }) => showOwnPlace(await ctx.line.join(input.eventId, ctx.userId)));

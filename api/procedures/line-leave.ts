import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { ownPlaceOutput, showOwnPlace } from '../../core/wire/line-wire.ts';
import { userProcedure } from '../base.ts';

/** Gives up the caller's place or pass. Repeating the call changes nothing. */
export const lineLeave = userProcedure
  .input(z.object({ eventId }))
  .output(ownPlaceOutput)
  .mutation(async ({ ctx, input }) => showOwnPlace(await ctx.line.leave(input.eventId, ctx.userId)));

import { z } from 'zod';
import { eventId } from '../../core/events/fields.ts';
import { ownPlaceOutput, showOwnPlace } from '../../core/wire/line-wire.ts';
import { userProcedure } from '../base.ts';

/** Returns the caller's place in an event's waiting line. */
export const lineStatus = userProcedure
  .input(z.object({ eventId }))
  .output(ownPlaceOutput)
  .query(async ({ ctx, input }) => showOwnPlace(await ctx.line.look(input.eventId, ctx.userId)));

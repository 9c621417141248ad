import { z } from 'zod';
import { eventId, round } from '../../core/events/fields.ts';
import { saleOutput, showSale } from '../../core/wire/sale-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Returns the course of a round's sale: its milestones, its pauses, and how fast it sold. */
export const adminSaleGet = viewerProcedure
  .input(z.strictObject({ eventId, round: round.optional() }))
  .output(saleOutput)
  .query(async ({ ctx, input }) => showSale(await ctx.admin.readSale(input), ctx.clock.nowMs(input.eventId)));

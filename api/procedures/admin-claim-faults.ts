import { z } from 'zod';
import { eventId, limit, reason, round } from '../../core/events/fields.ts';
import { claimFaultsOutput, showClaimFaults } from '../../core/wire/claim-fault-wire.ts';
import { viewerProcedure } from '../base.ts';

/** Lists an event's claims that MySQL could not store, of one round or of all rounds; unsettled faults come first. */
export const adminClaimFaults = viewerProcedure
  .input(z.object({ eventId, round: round.optional(), limit: limit(1_000, 1_000), reason: reason.optional() }))
  .output(claimFaultsOutput)
  .query(async ({ ctx, input }) => showClaimFaults(await ctx.admin.listFaults(input, ctx.actor)));

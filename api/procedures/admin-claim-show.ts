import { z } from 'zod';
import { code, eventId, reason, round, serial, userId } from '../../core/events/fields.ts';
import { claimHistoryOutput, showClaimHistory } from '../../core/wire/claim-history-wire.ts';
import { lookUpProcedure } from '../base.ts';

const asked = { eventId, round: round.optional(), reason: reason.optional() };

/**
 * Shows the state of one claim in both stores, by its user, serial or code. This is a mutation because a query's input
 * appears in its URL, and a code is a secret.
 */
export const adminClaimShow = lookUpProcedure
  .input(
    z.union(
      [z.strictObject({ ...asked, userId }), z.strictObject({ ...asked, serial }), z.strictObject({ ...asked, code })],
      { error: 'must have eventId and one of userId, serial and code' },
    ),
  )
  .output(claimHistoryOutput)
  .mutation(async ({ ctx, input }) => showClaimHistory(await ctx.admin.showClaim(input, ctx.actor)));

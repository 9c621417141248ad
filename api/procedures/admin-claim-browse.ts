import { z } from 'zod';
import type { ClaimsBrowseQuery } from '../../core/admin/claim-queries.ts';
import { afterSerial, eventId, limit, reason, round, serial, time, userId } from '../../core/events/fields.ts';
import { say } from '../../core/messages/message.ts';
import { must } from '../../core/messages/zod-issues.ts';
import { browsedClaimsOutput, showBrowsedClaims } from '../../core/wire/claim-wire.ts';
import { viewerProcedure } from '../base.ts';
import { readTimes } from '../time-input.ts';

const states = ['persisted', 'accepted'] as const;
const orders = ['asc', 'desc'] as const;

const input = z
  .strictObject({
    eventId,
    round: round.optional(),
    state: z.enum(states, must(say('one_of', { allowed: states }))).optional(),
    userId: userId.optional(),
    serial: serial.optional(),
    fromAt: time.optional(),
    untilAt: time.optional(),
    order: z.enum(orders, must(say('one_of', { allowed: orders }))).default('asc'),
    after: afterSerial.optional(),
    limit: limit(200, 50),
    reason: reason.optional(),
  })
  .transform(({ fromAt, untilAt, reason: _reason, ...rest }, context): ClaimsBrowseQuery => {
    const times = readTimes({ fromAt, untilAt }, context);
    return { ...rest, fromAtMs: times.fromAt, untilAtMs: times.untilAt };
  });

/**
 * Shows a round's claims in pages, from either end, filtered by user, serial or time. A page may have few claims
 * although more follow: continue until `nextAfter` is null. With the state `accepted`, shows claims that are accepted
 * but not yet in MySQL; if more than 100 batches of them wait, only those in the oldest 100.
 */
export const adminClaimBrowse = viewerProcedure
  .input(input)
  .output(browsedClaimsOutput)
  .query(async ({ ctx, input: wanted }) => showBrowsedClaims(await ctx.admin.browseClaims(wanted, ctx.actor)));

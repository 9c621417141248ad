import { z } from 'zod';
import { eventId, reason, repair } from '../../core/events/fields.ts';
import { reconciledOutput } from '../../core/wire/reconciled-wire.ts';
import { operatorProcedure } from '../base.ts';

/**
 * Compares an event's data in Redis and MySQL, and on request repairs what can be repaired. For a caller that follows
 * the progress, see `streamProgress`.
 */
export const adminReconcile = operatorProcedure
  .input(z.strictObject({ eventId, repair: repair.default(false), reason: reason.optional() }))
  .output(reconciledOutput)
  .mutation(({ ctx, input }) => ctx.admin.reconcile(input, ctx.actor, ctx.progress));

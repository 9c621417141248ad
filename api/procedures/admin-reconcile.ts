import { z } from 'zod';
import { eventId, reason, repair } from '../../core/events/fields.ts';
import { reconciledOutput } from '../../core/wire/reconciled-wire.ts';
import { operatorProcedure } from '../base.ts';

/**
 * Compares an event's data in Redis and MySQL, and repairs what it can if the caller asks for it. `streamProgress`
 * answers callers that want to follow the progress.
 */
export const adminReconcile = operatorProcedure
  .input(z.strictObject({ eventId, repair: repair.default(false), reason: reason.optional() }))
  .output(reconciledOutput)
  .mutation(({ ctx, input }) => ctx.admin.reconcile(input, ctx.actor, ctx.progress));

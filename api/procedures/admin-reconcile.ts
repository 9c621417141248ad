import { z } from 'zod';
import { eventId, reason, repair } from '../../core/events/fields.ts';
import { reconciledOutput } from '../../core/wire/reconciled-wire.ts';
import { operatorProcedure } from '../base.ts';

/** Compares what Redis and MySQL know of an event, and on request mends what can be mended. A caller may watch: see `streamProgress`. */
export const adminReconcile = operatorProcedure
  .input(z.strictObject({ eventId, repair: repair.default(false), reason: reason.optional() }))
  .output(reconciledOutput)
  .mutation(({ ctx, input }) => ctx.admin.reconcile(input, ctx.actor, ctx.progress));

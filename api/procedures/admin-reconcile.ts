import { z } from 'zod';
import { driftKinds } from '../../core/reconcile/report.ts';
import { operatorProcedure } from '../base.ts';
import { eventId, repair } from '../fields.ts';

const count = z.int().min(0);

const finding = z.object({
  kind: z.enum(driftKinds),
  count,
  /** The first few. A code is never among them. */
  examples: z.array(z.object({ serial: z.number().nullable(), userId: z.string().nullable(), detail: z.string() })),
});

/** Compares what Redis and MySQL know of an event, and on request mends what can be mended. */
export const adminReconcile = operatorProcedure
  .input(z.strictObject({ eventId, repair: repair.default(false) }))
  .output(
    z.object({
      eventId: z.string(),
      round: count,
      issued: count,
      persisted: count,
      pending: count,
      /** Serials that an operator keeps for people who can prove that they have them, and that nobody has yet. */
      reserved: count,
      findings: z.array(finding),
      repaired: count,
      verdict: z.enum(['clean', 'drift']),
      /** For people: what a repair did to the event, and what only an operator can decide. */
      advice: z.array(z.string()),
    }),
  )
  .mutation(({ ctx, input }) => ctx.admin.reconcile(input, ctx.actor));

import { z } from 'zod';
import { driftKinds, type DriftKind } from '../compare/drift-kind.ts';
import type { Reconciled } from '../reconcile/report.ts';
import { reason } from './reason-wire.ts';

const count = z.int().min(0);

const example = z.object({
  serial: z.number().nullable(),
  userId: z.string().nullable(),
  detail: z.string(),
  /** The code and parameters of `detail`. */
  detailReason: reason.nullable(),
});

const finding = z.object({
  kind: z.enum(driftKinds),
  count,
  /** The first few cases, never with a code. */
  examples: z.array(example),
});

/** A reconcile's result. */
export const reconciledOutput = z.object({
  eventId: z.string(),
  round: count,
  issued: count,
  persisted: count,
  pending: count,
  /** Serials without a claim, which an operator reserved for users who can prove that a serial was promised to them. */
  reserved: count,
  findings: z.array(finding),
  repaired: count,
  verdict: z.enum(['clean', 'drift']),
  /** Sentences for people: what a repair did to the event, and what only an operator can decide. */
  advice: z.array(z.string()),
  /** The code and parameters of each of `advice`, in the same order. */
  adviceReasons: z.array(reason),
});

/** The result as a client reads it. A newer API may send a kind of drift that the client does not know. */
export const reconciledInput = reconciledOutput
  .extend({
    reserved: count.default(0),
    findings: z.array(
      finding.extend({
        kind: z.string().transform((kind) => kind as DriftKind),
        examples: z.array(example.extend({ detailReason: example.shape.detailReason.default(null) })),
      }),
    ),
    adviceReasons: z.array(reason).default([]),
  })
  .transform((found): Reconciled => found);

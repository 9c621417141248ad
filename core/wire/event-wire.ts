import { z } from 'zod';
import { strategyNames, type StrategyName } from '../events/event.ts';
import { adminInfo, publicInfo, readableInfo, showAdminInfo, showPublicInfo, takeInfo } from '../events/info-wire.ts';
import { eventPhase, phases } from '../events/phase.ts';
import type { ReadinessCheck } from '../readiness/readiness-check.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from '../runtime/iso-time.ts';
import type { AdminEventView, EventView } from '../views/event-view.ts';
import { reason } from './reason-wire.ts';

const count = z.int().min(0);

/** An event as everybody sees it. */
export const eventOutput = z.object({
  id: z.string(),
  ...publicInfo,
  stock: count,
  issued: count,
  remaining: count,
  opensAt: timeOutput,
  closesAt: timeOutput.nullable(),
  soldOutAt: timeOutput.nullable(),
  phase: z.enum(phases),
  serverTime: timeOutput,
});

const readinessOutput = z.object({
  armed: z.boolean(),
  checks: z.array(
    z.object({
      name: z.enum(['opening', 'seeded', 'gate', 'worker', 'redis', 'memory', 'mysql', 'clocks', 'claims']),
      state: z.enum(['ok', 'waiting', 'problem']),
      detail: z.string(),
      action: z.string().nullable(),
      /** The codes and parameters of `detail`. */
      detailReasons: z.array(reason),
      /** The code and parameters of `action`. */
      actionReason: reason.nullable(),
    }),
  ),
});

/** An event as admins see it. */
export const adminEventOutput = eventOutput.extend({
  strategy: z.enum(strategyNames),
  round: count,
  version: count,
  ...adminInfo,
  /** Also true before the opening, while `phase` is `scheduled`. */
  paused: z.boolean(),
  persisted: count,
  /** Null if Redis does not answer. */
  outbox: count.nullable(),
  /** When the oldest claim in the outbox was decided. Null if the outbox is empty, or if Redis does not answer. */
  outboxSince: timeOutput.nullable(),
  /** When the first claim was decided. Null before the first claim, or if its time was not recorded. */
  firstClaimedAt: timeOutput.nullable(),
  /**
   * Whether another admin must approve the event before anybody can claim. `approvalAskedBy` is null if MySQL does not
   * answer.
   */
  needsApproval: z.boolean(),
  approvalAskedBy: z.string().nullable(),
  seeded: z.boolean(),
  /** Whether Redis lost the gate, so that the event is stopped until it is repaired. Null if unknown. */
  gateLost: z.boolean().nullable(),
  /** Whether the event is ready for its crowd, and what to do if it is not. Null in lists and after changes. */
  readiness: readinessOutput.nullable(),
});

export const showEvent = (view: EventView, nowMs: number): z.output<typeof eventOutput> => ({
  id: view.eventId,
  ...showPublicInfo(view),
  stock: view.stock,
  issued: view.issued,
  remaining: Math.max(0, view.stock - view.issued),
  opensAt: isoTime(view.opensAtMs),
  closesAt: isoTimeOrNull(view.closesAtMs),
  soldOutAt: isoTimeOrNull(view.soldOutAtMs),
  phase: eventPhase(view, nowMs),
  serverTime: isoTime(nowMs),
});

export const showAdminEvent = (view: AdminEventView, nowMs: number): z.output<typeof adminEventOutput> => ({
  ...showEvent(view, nowMs),
  strategy: view.strategy,
  round: view.round,
  version: view.version,
  ...showAdminInfo(view),
  paused: view.paused,
  persisted: view.persisted,
  outbox: view.outbox,
  outboxSince: isoTimeOrNull(view.outboxSinceMs),
  firstClaimedAt: isoTimeOrNull(view.firstClaimedAtMs),
  needsApproval: view.needsApproval,
  approvalAskedBy: view.approvalAskedBy,
  seeded: view.seeded,
  gateLost: view.gateLost,
  readiness: view.readiness,
});

/** Readiness as a client reads it. A newer API may send checks whose name this version does not know. */
const readinessInput = z
  .object({
    armed: z.boolean(),
    checks: z.array(
      z.object({
        name: z.string().transform((name) => name as ReadinessCheck['name']),
        state: readinessOutput.shape.checks.element.shape.state,
        detail: z.string(),
        action: z.string().nullable(),
        detailReasons: z.array(reason).default([]),
        actionReason: reason.nullable().default(null),
      }),
    ),
  })
  .nullable()
  .default(null);

/**
 * An admin's event as a client reads it. The API may be older or newer: unknown fields are dropped, and unknown phases
 * and strategies are kept as they are.
 */
export const adminEventInput = adminEventOutput
  .extend({
    ...readableInfo,
    phase: z.string(),
    strategy: z.string(),
    outboxSince: adminEventOutput.shape.outboxSince.default(null),
    firstClaimedAt: adminEventOutput.shape.firstClaimedAt.default(null),
    readiness: readinessInput,
    needsApproval: z.boolean().default(false),
    approvalAskedBy: z.string().nullable().default(null),
  })
  .transform(readAdminEvent);

type AdminEventAnswer = Omit<z.output<typeof adminEventOutput>, 'phase' | 'strategy'> & {
  phase: string;
  strategy: string;
};

function readAdminEvent(answer: AdminEventAnswer): AdminEventView {
  const { info, rest } = takeInfo(answer);
  const { id, opensAt, closesAt, soldOutAt, serverTime, firstClaimedAt, outboxSince, phase, ...others } = rest;
  const { remaining: _remaining, strategy, ...same } = others;
  const nowMs = Date.parse(serverTime);
  const closesAtMs = readTimeOrNull(closesAt);
  return {
    ...same,
    ...info,
    eventId: id,
    opensAtMs: Date.parse(opensAt),
    closesAtMs,
    soldOutAtMs: readTimeOrNull(soldOutAt),
    // An event that is closed before its closing time was closed by an admin.
    closed: phase === 'closed' && (closesAtMs === null || nowMs < closesAtMs),
    // Accepts unknown strategies, because clients only show the strategy and send it back unchanged.
    strategy: strategy as StrategyName,
    outboxSinceMs: readTimeOrNull(outboxSince),
    firstClaimedAtMs: readTimeOrNull(firstClaimedAt),
  };
}

import { z } from 'zod';
import { strategyNames, type AdminEventView, type EventView } from '../core/event.ts';
import { eventPhase, phases } from '../core/phase.ts';
import { isoTime, isoTimeOrNull, timeOutput } from './time-output.ts';

const count = z.int().min(0);

/** How long a cache on the way may answer for us when somebody asks for one event. */
export const eventCaching = 'public, max-age=1';

/** An event as everybody sees it. */
export const eventOutput = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  amount: count,
  currency: z.string(),
  stock: count,
  issued: count,
  remaining: count,
  opensAt: timeOutput,
  closesAt: timeOutput.nullable(),
  soldOutAt: timeOutput.nullable(),
  phase: z.enum(phases),
  serverTime: timeOutput,
});

/** An event as admins see it. */
export const adminEventOutput = eventOutput.extend({
  strategy: z.enum(strategyNames),
  round: count,
  version: count,
  timeZone: z.string().nullable(),
  listed: z.boolean(),
  /** Also before the opening, where `phase` says `scheduled`. */
  paused: z.boolean(),
  persisted: count,
  /** Null when Redis can't be asked. */
  outbox: count.nullable(),
  seeded: z.boolean(),
  /** Redis lost the gate: the event is stopped until it is repaired. Null when that can't be told. */
  gateLost: z.boolean().nullable(),
});

export const showEvent = (view: EventView, nowMs: number): z.output<typeof eventOutput> => ({
  id: view.eventId,
  name: view.name,
  description: view.description,
  amount: view.amount,
  currency: view.currency,
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
  timeZone: view.timeZone,
  listed: view.listed,
  paused: view.paused,
  persisted: view.persisted,
  outbox: view.outbox,
  seeded: view.seeded,
  gateLost: view.gateLost,
});

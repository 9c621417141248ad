import type { AdminEventView } from '../core/event.ts';
import { eventPhase, type Phase } from '../core/phase.ts';

/** An event with the fields of `admin.event.get`, in its order: one shape through either door. */
export type EventJson = ReturnType<typeof eventJson>;

/** `nowMs` is the clock that decides claims. */
export function eventJson(event: AdminEventView, nowMs: number) {
  return {
    id: event.eventId,
    name: event.name,
    description: event.description,
    amount: event.amount,
    currency: event.currency,
    stock: event.stock,
    issued: event.issued,
    remaining: Math.max(0, event.stock - event.issued),
    opensAt: iso(event.opensAtMs),
    closesAt: event.closesAtMs === null ? null : iso(event.closesAtMs),
    soldOutAt: event.soldOutAtMs === null ? null : iso(event.soldOutAtMs),
    phase: eventPhase(event, nowMs) satisfies Phase,
    serverTime: iso(nowMs),
    strategy: event.strategy,
    round: event.round,
    version: event.version,
    timeZone: event.timeZone,
    listed: event.listed,
    paused: event.paused,
    persisted: event.persisted,
    outbox: event.outbox,
    seeded: event.seeded,
    gateLost: event.gateLost,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

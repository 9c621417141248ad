import type { EventRow } from '../events/event-rows.ts';

/** How to answer for an event whose gate did not decide. */
export type GateStanding =
  /** The gate is there: ask it again. */
  | { kind: 'ready' }
  /** Nobody can have claimed yet: answer `not_open`. */
  | { kind: 'early'; eventId: string; opensAtMs: number }
  /** Closed before it was ever seeded. */
  | { kind: 'closed' }
  /** Out of Redis for good: MySQL answers. */
  | { kind: 'retired'; event: EventRow }
  /** The event belongs to `strategy`: its strategy changed after the caller read the event. */
  | { kind: 'elsewhere'; strategy: string };

export type Gatekeeper = {
  /**
   * Finds out why a gate can't decide, and mends it if that is safe: seeds a round that is due, and lets a gate that
   * survived a restart of Redis decide again after comparing it with MySQL. Concurrent calls for one event share one
   * answer. An answer that lasts is reused for 1 s, so that a crowd at a broken event (or at one that does not exist)
   * costs one query a second. An answer that a change can end at any moment is never reused: an early event, for
   * example, may get a different opening time or strategy. Throws `not_found`, `gate_lost` or `unavailable`.
   */
  standing(eventId: string): Promise<GateStanding>;
};

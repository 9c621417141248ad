import type { EventRow } from '../events/event-rows.ts';

/** What an event whose gate could not decide is to be answered with. */
export type GateStanding =
  /** The gate is there and may be asked again. */
  | { kind: 'ready' }
  /** Nobody can have claimed yet: `not_open`. */
  | { kind: 'early'; opensAtMs: number }
  /** Closed before it was ever seeded. */
  | { kind: 'closed' }
  /** Out of Redis for good: MySQL answers. */
  | { kind: 'retired'; event: EventRow }
  /** It belongs to this strategy, which decides in MySQL and has no gate: the caller knew the event before a change. */
  | { kind: 'elsewhere'; strategy: string };

export type Gatekeeper = {
  /**
   * Finds out why a gate can't decide, and mends it where that is safe: seeds what is due, and lets a gate that survived
   * a restart of Redis decide again after comparing it with MySQL. One look an event at a time. What stays as it is holds
   * for 1 s, so that a crowd at a broken event (or at one that does not exist) costs one query a second. What a change can
   * end at any moment is looked up anew: an event that is early may be given another opening, or another strategy.
   * Throws `not_found`, `gate_lost` or `unavailable`.
   */
  standing(eventId: string): Promise<GateStanding>;
};

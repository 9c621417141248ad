import type { EventRow } from '../events/event-rows.ts';

/** How to answer for an event whose gate did not decide. */
export type GateStanding =
  /** The gate can decide now, so ask again. */
  | { kind: 'ready' }
  /** Nobody can have claimed yet: answer `not_open`. */
  | { kind: 'early'; eventId: string; opensAtMs: number }
  /** The event was closed before it was ever seeded. */
  | { kind: 'closed' }
  /** The round is not in Redis: answer from MySQL. */
  | { kind: 'retired'; event: EventRow }
  /** The event now uses `strategy`: this changed after the caller read the event. */
  | { kind: 'elsewhere'; strategy: string };

export type Gatekeeper = {
  /**
   * Finds out why a gate can't decide, and fixes the cause if that is safe: seeds a round that is due or, if the gate
   * survived a restart of Redis, compares it with MySQL and trusts it again. Concurrent calls for one event share one
   * answer. Most answers are reused for 1 s, so that a crowd at a broken or unknown event costs one query a second. An
   * answer such as `early` is never reused, because an admin may change the opening time at any moment. Throws
   * `not_found`, `gate_lost` or `unavailable`.
   */
  standing(eventId: string): Promise<GateStanding>;
};

import type { Redis } from 'ioredis';
import type { RoundEngine } from '../engines/engine.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * One thing that an opening needs. `waiting`: it is not so yet, and will be without anybody's doing. `action` is what a
 * person can do about it; null where that is nothing.
 */
export type ReadinessCheck = {
  name: 'opening' | 'seeded' | 'gate' | 'worker' | 'redis' | 'memory' | 'mysql' | 'clocks' | 'claims';
  state: 'ok' | 'waiting' | 'problem';
  detail: string;
  action: string | null;
};

/** What a check says. */
export type Said = Omit<ReadinessCheck, 'name'>;

export const ok = (detail: string): Said => ({ state: 'ok', detail, action: null });
export const waiting = (detail: string): Said => ({ state: 'waiting', detail, action: null });
export const problem = (detail: string, action: string): Said => ({ state: 'problem', detail, action });

/** What a check looks at. */
export type Looked = { stores: Stores; event: EventRow; engine: RoundEngine; nowMs: number };

/** The connection to Redis. Throws, with the reason, while there is none. */
export function connected({ redis }: Stores): Redis {
  if (redis.runId() === undefined) throw new Error(redis.whyNot());
  return redis.client;
}

/** What to do about a round that does not agree with its gate. */
export const repairOf = ({ eventId }: EventRow): string => `Run \`reconcile ${eventId}\`, then with --repair.`;

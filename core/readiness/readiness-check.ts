import type { Redis } from 'ioredis';
import type { RoundEngine } from '../engines/engine.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * One thing that an opening needs. `waiting`: not ok yet, but it will be without anybody's help. `action`: what a
 * person can do about it; null if there is nothing to do.
 */
export type ReadinessCheck = {
  name: 'opening' | 'seeded' | 'gate' | 'worker' | 'redis' | 'memory' | 'mysql' | 'clocks' | 'claims';
  state: 'ok' | 'waiting' | 'problem';
  detail: string;
  action: string | null;
};

export type CheckResult = Omit<ReadinessCheck, 'name'>;

export const ok = (detail: string): CheckResult => ({ state: 'ok', detail, action: null });
export const waiting = (detail: string): CheckResult => ({ state: 'waiting', detail, action: null });
export const problem = (detail: string, action: string): CheckResult => ({ state: 'problem', detail, action });

/** What a check can look at. */
export type Looked = { stores: Stores; event: EventRow; engine: RoundEngine; nowMs: number };

/** The connection to a primary. Throws the reason if there is none. */
export function connected(link: RedisLink): Redis {
  if (link.runId() === undefined) throw new Error(link.whyNot());
  return link.client;
}

/** What to do if a round and its gate disagree. */
export const repairOf = ({ eventId }: EventRow): string => `Run \`reconcile ${eventId}\`, then with --repair.`;

import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { roundKeys } from '../../core/redis/keys.ts';
import { monotonicMs } from './monotonic.ts';

/**
 * How the wait for MySQL ended: everything is stored, since `atMs` (monotonic), or `left` entries and units are stuck.
 */
export type Persisted = { kind: 'all'; atMs: number } | { kind: 'stuck'; left: number };

const lookEveryMs = 20;
/**
 * If the count has not fallen for this long, the drain is stuck, not slow. Longer than a killed worker's lock and stall
 * check.
 */
const patienceMs = 75_000;

/** Waits until a round's outbox is empty and no unit is being written. MySQL then has every claim it will get. */
export async function awaitPersisted(
  redis: Redis,
  eventId: string,
  round: number,
  signal: AbortSignal,
): Promise<Persisted> {
  const { outbox, attempts } = roundKeys(eventId, round);
  let least = Infinity;
  let movedAtMs = monotonicMs();
  for (;;) {
    const entries = (await redis.xlen(outbox)) + (await redis.hlen(attempts));
    const nowMs = monotonicMs();
    if (entries === 0) return { kind: 'all', atMs: nowMs };
    if (entries < least) {
      least = entries;
      movedAtMs = nowMs;
    }
    if (nowMs - movedAtMs > patienceMs) return { kind: 'stuck', left: entries };
    await sleep(lookEveryMs, undefined, { signal });
  }
}

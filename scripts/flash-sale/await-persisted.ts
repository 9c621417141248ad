import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { outboxState } from '../../core/redis/outbox.ts';
import { monotonicMs } from './monotonic.ts';

/** How the wait for MySQL ended: since when the outbox is empty (monotonic), or how many claims it still holds. */
export type Persisted = { kind: 'all'; atMs: number } | { kind: 'stuck'; left: number };

const lookEveryMs = 20;
/** A drain that moves nothing for so long is not slow, it is stuck. Longer than a killed worker's lock and stall check. */
const patienceMs = 75_000;

/** Waits until a round's outbox is empty: then MySQL has all that it will get. */
export async function awaitPersisted(
  redis: Redis,
  eventId: string,
  round: number,
  signal: AbortSignal,
): Promise<Persisted> {
  let least = Infinity;
  let movedAtMs = monotonicMs();
  for (;;) {
    const { claims } = await outboxState(redis, eventId, round);
    const nowMs = monotonicMs();
    if (claims === 0) return { kind: 'all', atMs: nowMs };
    if (claims < least) {
      least = claims;
      movedAtMs = nowMs;
    }
    if (nowMs - movedAtMs > patienceMs) return { kind: 'stuck', left: claims };
    await sleep(lookEveryMs, undefined, { signal });
  }
}

import type { Redis } from 'ioredis';
import { heartbeatKey, workerClockKey } from '../redis/keys.ts';

/**
 * A worker whose last heartbeat is older than this is down. One missed heartbeat may be chance; three are an outage.
 */
const heartbeatAgeMaxMs = 3 * 5_000;

/** Throws the reason if no worker has been seen lately. */
export async function expectWorker(redis: Redis, nowMs: number): Promise<string> {
  const beat = await redis.get(heartbeatKey);
  if (beat === null) throw new Error('no worker has been seen');
  const ageMs = nowMs - Number(beat);
  if (ageMs > heartbeatAgeMaxMs) throw new Error(`the last heartbeat was ${Math.round(ageMs / 1_000)} s ago`);
  return 'alive';
}

/** Records that a worker is alive, and how far its machine's clock is ahead of Redis's. */
export async function beat(redis: Redis, nowMs: number): Promise<void> {
  await redis.mset(heartbeatKey, nowMs, workerClockKey, Date.now() - nowMs);
}

/** How far the most recently seen worker's clock is ahead of Redis's; null if unknown. */
export async function workerClockAheadMs(redis: Redis): Promise<number | null> {
  const ahead = await redis.get(workerClockKey);
  return ahead === null ? null : Number(ahead);
}

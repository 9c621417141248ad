import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';

const syncEveryMs = 2_000;

/** Redis's clock as this process estimates it, so that all processes speak of one time. */
export type RedisClock = {
  /** Redis's time in ms. Before Redis first answered, this machine's. */
  nowMs(): number;
  stop(): void;
};

/** Local monotonic time, in ms since 1970 as of the process's start. */
const localMs = (): number => performance.timeOrigin + performance.now();

/** Asks Redis for its time every 2 s. The answer is taken to be from the middle of the round trip. */
export function startRedisClock(redis: Redis): RedisClock {
  let offsetMs = Date.now() - localMs();
  const sync = async (): Promise<void> => {
    const askedMs = localMs();
    const [seconds, micros] = await redis.time();
    const answeredMs = localMs();
    offsetMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - (askedMs + answeredMs) / 2;
  };
  // While Redis is away the last estimate stays; the connection reports the outage.
  const trySync = (): void => void sync().catch(() => undefined);
  redis.on('ready', trySync);
  if (redis.status === 'ready') trySync();
  const timer = setInterval(trySync, syncEveryMs).unref();
  return {
    nowMs: () => Math.floor(localMs() + offsetMs),
    stop: () => {
      clearInterval(timer);
      redis.off('ready', trySync);
    },
  };
}

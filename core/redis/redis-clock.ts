import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';

const syncEveryMs = 2_000;
/** How many samples are kept. They cover 10 s, so at least one is likely to be from a calm moment. */
const samplesMax = 5;
/** How far the two clocks may drift apart within those 10 s: 200 ppm are 2 ms. */
const driftMaxMs = 2;

/** Redis's clock as this process estimates it, so that all processes use the same time. */
export type RedisClock = {
  /** Redis's time in ms. Until Redis first answers, this machine's time. */
  nowMs(): number;
  stop(): void;
};

/**
 * How far Redis's clock was ahead at one moment. Assumes that Redis answered in the middle of the round trip, so
 * `offsetMs` may be off by up to half the round trip.
 */
export type ClockSample = { offsetMs: number; roundTripMs: number };

/**
 * Puts a sample in front of the last few. Drops samples that contradict the new one, because they date from before a
 * clock step, or from another Redis.
 */
export function addSample(samples: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  const agrees = (other: ClockSample): boolean =>
    Math.abs(other.offsetMs - sample.offsetMs) <= (other.roundTripMs + sample.roundTripMs) / 2 + driftMaxMs;
  return [sample, ...samples.filter(agrees)].slice(0, samplesMax);
}

/** The sample with the shortest round trip, which is the most precise. */
export const bestSample = (samples: readonly ClockSample[]): ClockSample | undefined =>
  samples.toSorted((a, b) => a.roundTripMs - b.roundTripMs)[0];

/** This machine's clock as of the start of the process, in ms since 1970. It never steps. */
const localMs = (): number => performance.timeOrigin + performance.now();

/** Redis's time now, in ms with fractions. */
export async function askRedisTimeMs(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

/**
 * Asks Redis for its time each time it connects, then every 2 s, and uses the quickest of the last answers. On
 * connecting, asks five times, because a process that is still starting may be too busy to time one answer well.
 */
export function startRedisClock(redis: Redis): RedisClock {
  let samples: ClockSample[] = [];
  let offsetMs = Date.now() - localMs();
  const sync = async (): Promise<void> => {
    const askedMs = localMs();
    const redisMs = await askRedisTimeMs(redis);
    const answeredMs = localMs();
    const answer = { offsetMs: redisMs - (askedMs + answeredMs) / 2, roundTripMs: answeredMs - askedMs };
    samples = addSample(samples, answer);
    offsetMs = (bestSample(samples) ?? answer).offsetMs;
  };
  const sample = async (times: number): Promise<void> => {
    try {
      for (let i = 0; i < times; i += 1) await sync();
    } catch {
      // While Redis is down, the last estimate stays. The connection itself reports the outage.
    }
  };
  const connected = (): void => void sample(samplesMax);
  redis.on('ready', connected);
  if (redis.status === 'ready') connected();
  const timer = setInterval(() => void sample(1), syncEveryMs).unref();
  return {
    nowMs: () => Math.floor(localMs() + offsetMs),
    stop: () => {
      clearInterval(timer);
      redis.off('ready', connected);
    },
  };
}

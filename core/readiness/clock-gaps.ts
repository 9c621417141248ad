import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { clocksApartMaxMs } from '../gate/missing-gate.ts';
import { say } from '../messages/message.ts';
import type { DbReader } from '../mysql/open-db.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import { bestSample, type ClockSample } from '../redis/redis-clock.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import type { ClockGap, ClockGaps } from '../stores/stores.ts';
import { workerClockAheadMs } from './worker-beat.ts';

const samplesMax = 5;
/**
 * After this time no more samples are taken, so that even over a slow network the answer arrives within the second that
 * a readiness check may take.
 */
const samplingMaxMs = 400;
/** How long a measurement is shared. Clocks drift by less than a millisecond in that time. */
const holdsMs = 10_000;

/**
 * Asks both stores for the time, several times, and uses the fastest answer of each store, which may be off by up to
 * half of its round trip. Measurements are shared for 10 s; the worker's recorded clock is read each time.
 */
export function createClockGaps({ db, redis }: { db: DbReader; redis: RedisLinks }): ClockGaps {
  const measured = new WeakMap<RedisLink, () => Promise<ClockGap[]>>();
  const measure = (link: RedisLink): (() => Promise<ClockGap[]>) => {
    const known = measured.get(link);
    if (known !== undefined) return known;
    const held = rememberBriefly(() => measureStores(db, link.client), { holdMs: holdAnswers(holdsMs), keysMax: 1 });
    const ask = (): Promise<ClockGap[]> => held('all');
    measured.set(link, ask);
    return ask;
  };
  return async (link) => {
    const [gaps, workerAheadMs] = await Promise.all([measure(link)(), workerClockAheadMs(redis.system.client)]);
    if (workerAheadMs === null) return gaps;
    return [...gaps, { clock: 'worker', aheadMs: Math.round(workerAheadMs), unsureMs: 0 }];
  };
}

/** Whether a clock certainly differs from Redis's by more than the tolerance allows. */
export const isTooFar = ({ aheadMs, unsureMs }: ClockGap): boolean => Math.abs(aheadMs) - unsureMs > clocksApartMaxMs;

/**
 * All differences in one line: "compared with Redis, MySQL is 3 ms ahead, this host 1 ms behind, the worker 0 ms
 * ahead".
 */
export const describeGaps = (gaps: readonly ClockGap[]): string => say('check_clocks', { gaps }).message;

async function measureStores(db: DbReader, redis: Redis): Promise<ClockGap[]> {
  const [ofRedis, ofMysql] = await Promise.all([
    sampleClock(async () => {
      const [seconds, micros] = await redis.time();
      return Number(seconds) * 1_000 + Number(micros) / 1_000;
    }),
    sampleClock(async () => {
      const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT NOW(3) AS now`;
      if (row === undefined) throw new Error('MySQL did not return its time.');
      return row.now.getTime();
    }),
  ]);
  const hostOffsetMs = Date.now() - performance.now();
  return [
    {
      clock: 'mysql',
      aheadMs: Math.round(ofMysql.offsetMs - ofRedis.offsetMs),
      unsureMs: Math.ceil((ofMysql.roundTripMs + ofRedis.roundTripMs) / 2),
    },
    {
      clock: 'host',
      aheadMs: Math.round(hostOffsetMs - ofRedis.offsetMs),
      unsureMs: Math.ceil(ofRedis.roundTripMs / 2),
    },
  ];
}

/** How far a clock is ahead of this process's monotonic clock, by the quickest of several answers. */
async function sampleClock(ask: () => Promise<number>): Promise<ClockSample> {
  const samples: ClockSample[] = [];
  const startedMs = performance.now();
  do {
    const askedMs = performance.now();
    const toldMs = await ask();
    const answeredMs = performance.now();
    samples.push({ offsetMs: toldMs - (askedMs + answeredMs) / 2, roundTripMs: answeredMs - askedMs });
  } while (samples.length < samplesMax && performance.now() - startedMs < samplingMaxMs);
  const best = bestSample(samples);
  if (best === undefined) throw new Error('A clock was never asked.');
  return best;
}

import { once } from 'node:events';
import { Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { addSample, bestSample, startRedisClock, type ClockSample } from '../../../core/redis/redis-clock.ts';
import { createTestRedis } from '../../support/test-redis.ts';

const after = (...answers: [offsetMs: number, roundTripMs: number][]) =>
  bestSample(
    answers.reduce<ClockSample[]>((kept, [offsetMs, roundTripMs]) => addSample(kept, { offsetMs, roundTripMs }), []),
  )?.offsetMs;

it('the Redis clock uses the fastest of the last five answers', () => {
  expect(after()).toBeUndefined();
  expect(after([300, 700])).toBe(300);
  expect(after([0, 2], [300, 700])).toBe(0);
  expect(after([300, 700], [1, 2], [200, 500])).toBe(1);
  const slow: [number, number][] = [
    [100, 300],
    [100, 300],
    [100, 300],
    [100, 300],
  ];
  expect(after([1, 2], ...slow)).toBe(1);
  expect(after([1, 2], ...slow, [90, 310])).toBe(100);
});

it('the Redis clock follows a change to the server’s clock', () => {
  expect(after([0, 2], [-5_000, 40])).toBe(-5_000);
  expect(after([0, 2], [0, 2], [5_000, 700])).toBe(5_000);
});

it('the Redis clock is right at once, even if the process was busy when Redis first answered', async () => {
  // Without the timer, the clock has only the answers that it requested when it connected.
  vi.useFakeTimers({ toFake: ['setInterval'] });
  await using server = await createTestRedis();
  const redis = new Redis(server.redisUrl);
  const clock = startRedisClock(redis);
  redis.once('ready', () => {
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
  });
  await once(redis, 'ready');
  // Redis replies in the order of the commands. So when the tenth PING is answered, the clock has all five answers.
  for (let i = 0; i < 10; i += 1) await redis.ping();
  const errorMs = async (): Promise<number> => {
    const beforeMs = clock.nowMs();
    const [seconds, micros] = await redis.time();
    const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    return Math.max(beforeMs - redisMs, redisMs - clock.nowMs() - 1);
  };
  // With only the first answer, the clock would be 150 ms off.
  expect(await errorMs()).toBeLessThan(50);
  clock.stop();
  redis.disconnect();
  vi.useRealTimers();
});

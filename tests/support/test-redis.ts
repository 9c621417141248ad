import { Redis } from 'ioredis';
import { inject } from 'vitest';

export interface TestRedis extends AsyncDisposable {
  redisUrl: string;
}

/**
 * Reserves a logical database on the shared Redis. The database is emptied on disposal. Scripts, settings and memory
 * are shared, so a test that flushes everything or changes a setting must start its own server with `startRedis`.
 */
export async function createTestRedis(): Promise<TestRedis> {
  const redisUrl = inject('redisUrl');
  const database = await withRedis(redisUrl, (redis) => redis.incr('test:last-database'));
  const own = `${redisUrl}/${database}`;
  return { redisUrl: own, [Symbol.asyncDispose]: () => withRedis(own, async (redis) => void (await redis.flushdb())) };
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

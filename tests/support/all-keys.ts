import type { Redis } from 'ioredis';

/** Reads all keys of a Redis database, so that a test can compare two moments. */
export async function allKeys(redis: Redis): Promise<Record<string, unknown>> {
  const keys = (await redis.keys('*')).sort();
  const values = await Promise.all(keys.map((key) => valueOf(redis, key)));
  return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'hash':
      return redis.hgetall(key);
    case 'set':
      return (await redis.smembers(key)).sort();
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'string':
      return redis.get(key);
    default:
      throw new Error(`${key} is a ${type}, a type that Firstcome does not use.`);
  }
}

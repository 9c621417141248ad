import type { Redis } from 'ioredis';

/** How often each command ran, from any client or script. */
export type RedisCommands = Record<string, number>;

export async function readRedisCommands(redis: Redis): Promise<RedisCommands> {
  const text = await redis.info('commandstats');
  return Object.fromEntries(
    [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

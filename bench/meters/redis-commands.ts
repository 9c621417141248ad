import type { Redis } from 'ioredis';

/** How often each command ran, whoever sent it; those inside scripts are counted too. */
export type RedisCommands = Record<string, number>;

/** Redis's own counters. */
export async function readRedisCommands(redis: Redis): Promise<RedisCommands> {
  const text = await redis.info('commandstats');
  return Object.fromEntries(
    [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

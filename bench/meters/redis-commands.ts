import type { Redis } from 'ioredis';

/** How often each command ran, from any client. Commands inside scripts count too. */
export type RedisCommands = Record<string, number>;

/** Reads Redis's own counters. */
export async function readRedisCommands(redis: Redis): Promise<RedisCommands> {
  const text = await redis.info('commandstats');
  return Object.fromEntries(
    [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

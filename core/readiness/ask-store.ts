import type { Redis } from 'ioredis';
import type { DbReader } from '../mysql/open-db.ts';
import type { RedisLink } from '../redis/open-redis.ts';

/** The client of a connected Redis. Throws a reason that people understand, instead of the driver's. */
export function connectedRedis(redis: RedisLink): Redis {
  if (redis.runId() === undefined) throw new Error(redis.whyNot());
  return redis.client;
}

/** Asks whether Redis is there and accepts writes. Throws the reason if not. */
export async function askRedis(redis: RedisLink): Promise<string> {
  connectedRedis(redis);
  // Not a PING, because a replica answers that too.
  if ((await redis.identify()) === undefined) throw new Error(redis.whyNot());
  return 'answers';
}

/** Asks whether MySQL answers. Throws if not. */
export async function askMysql(db: DbReader): Promise<string> {
  await db.$queryRaw`SELECT 1`;
  return 'answers';
}

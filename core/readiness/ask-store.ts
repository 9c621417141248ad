import type { Redis } from 'ioredis';
import type { DbReader } from '../mysql/open-db.ts';
import type { RedisLink } from '../redis/open-redis.ts';

/** The client of a Redis that is connected. Throws a reason that people understand, instead of the driver's. */
export function connectedRedis(redis: RedisLink): Redis {
  if (redis.runId() === undefined) throw new Error(redis.whyNot());
  return redis.client;
}

/** Asks Redis whether it is there and takes writes. Throws the reason when it doesn't. */
export async function askRedis(redis: RedisLink): Promise<string> {
  connectedRedis(redis);
  // Not a PING: a replica answers that too.
  if ((await redis.identify()) === undefined) throw new Error(redis.whyNot());
  return 'answers';
}

/** Asks MySQL whether it answers. Throws when it doesn't. */
export async function askMysql(db: DbReader): Promise<string> {
  await db.$queryRaw`SELECT 1`;
  return 'answers';
}

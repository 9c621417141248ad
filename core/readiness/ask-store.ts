import type { Redis } from 'ioredis';
import type { DbReader } from '../mysql/open-db.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';

/**
 * The client of a connected Redis. If there is none, throws an error whose reason people understand, unlike the
 * driver's.
 */
export function connectedRedis(redis: RedisLink): Redis {
  if (redis.runId() === undefined) throw new Error(redis.whyNot());
  return redis.client;
}

/** Asks whether Redis is reachable and is a primary. Throws the reason if not. */
export async function askRedis(redis: RedisLink): Promise<string> {
  connectedRedis(redis);
  // Don't use PING, because a replica answers it too.
  if ((await redis.identify()) === undefined) throw new Error(redis.whyNot());
  return 'answers';
}

/** Asks every primary. A primary that does not answer stops only its own events, so this throws only if none answers. */
export async function askMasters(redis: RedisLinks): Promise<string> {
  const links = redis.all();
  if (links.length === 0) throw new Error(redis.missing() ?? 'Redis is not connected');
  const answers = await Promise.allSettled(links.map(askRedis));
  const silent = answers.flatMap((answer, i) =>
    answer.status === 'fulfilled' ? [] : [`${links[i]?.where() ?? ''} does not: ${reasonOf(answer.reason)}`],
  );
  if (silent.length === links.length) {
    throw links.length === 1 ? (answers[0] as PromiseRejectedResult).reason : new Error(silent.join('; '));
  }
  if (silent.length === 0) return links.length === 1 ? 'answers' : `all ${links.length} primaries answer`;
  return `${links.length - silent.length} of ${links.length} primaries answer; ${silent.join('; ')}`;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Throws if MySQL does not answer. */
export async function askMysql(db: DbReader): Promise<string> {
  await db.$queryRaw`SELECT 1`;
  return 'answers';
}

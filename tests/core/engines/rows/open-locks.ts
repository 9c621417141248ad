import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createEventLock, type EventLock, type Holding } from '../../../../core/engines/rows/event-lock.ts';
import { createLockQueue, type LockQueue } from '../../../../core/engines/rows/lock-queue.ts';
import { createReleaseMessages } from '../../../../core/engines/rows/release-messages.ts';
import { openRedis, openSubscriberRedis, type RedisLink } from '../../../../core/redis/open-redis.ts';
import { singleLink } from '../../../../core/redis/redis-links.ts';
import { createLog } from '../../../../core/runtime/log.ts';
import { waitFor } from '../../../support/wait-for.ts';

/** One process's connection to Redis, its lock, and its queue of waiting callers. */
export type Locks = AsyncDisposable & {
  redis: RedisLink;
  lock: EventLock;
  queue: LockQueue;
  /** Whether the process ever opened a connection for messages. */
  listened(): boolean;
  /** The locks to release before closing. Otherwise closing would wait for a lock that a failed test left behind. */
  held: Holding[];
};

export type OpenLocksOptions = {
  redisUrl: string;
  /** Defaults to `redisUrl`. */
  messagesUrl?: string;
  leaseMs?: number;
};

/** Opens the lock as a process does, and waits for Redis. */
export async function openLocks({ redisUrl, messagesUrl = redisUrl, leaseMs = 3_000 }: OpenLocksOptions) {
  const log = createLog('api', 'silent');
  const redis = openRedis(redisUrl, 'test-locks', log);
  const links = singleLink(redis);
  const lock = createEventLock({ redis: links, log, leaseMs });
  let subscriber: Redis | undefined;
  const messages = createReleaseMessages(() => (subscriber = openSubscriberRedis(messagesUrl)));
  const queue = createLockQueue({ lock, redis: links, messages });
  if (!(await redis.waitForReady(5_000))) throw new Error('Redis is not there.');
  const locks: Locks = {
    redis,
    lock,
    queue,
    listened: () => subscriber !== undefined,
    held: [],
    [Symbol.asyncDispose]: async () => {
      for (const holding of locks.held) holding.release();
      queue.close();
      await lock.close();
      await redis.close();
    },
  };
  return locks;
}

export const someEvent = (): string => `ev_${randomUUID()}`;

/** Takes a lock. Throws if the lock is taken. */
export async function take(locks: Locks, eventId: string): Promise<Holding> {
  const result = await locks.lock.tryAcquire(eventId);
  if (result.kind === 'taken') throw new Error(`The lock is taken for ${result.leaseLeftMs} ms more.`);
  locks.held.push(result);
  return result;
}

/** How many script calls this Redis has served, from any client. */
export async function scriptCalls(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/** Resolves once this many connections listen for releases of an event's lock. */
export async function listeners(redis: Redis, channel: string, count: number): Promise<void> {
  await waitFor(async () => Number((await redis.pubsub('NUMSUB', channel))[1]) === count, {
    what: `${count} listeners`,
  });
}

import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { LockQueue } from './lock-queue.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { createRedisLockGuard } from './redis-lock-guard.ts';

/**
 * A lock in Redis keeps claims apart; who waits is woken when it is released (pub/sub), in the order of arrival within a
 * process.
 *
 * Pro: waiting costs neither a connection of MySQL nor commands to Redis, however many wait. Con: one claim of an event at
 * a time, as with the row lock, plus two round trips to Redis and the fsyncs of both stores; nothing is decided without
 * Redis; and the lock is only a lease, so the unique keys of MySQL are what keeps a claim exact when it ends too soon.
 */
export function createRedisLock(stores: Stores, queue: LockQueue): ClaimStrategy {
  return createMySqlDecided(
    stores,
    'redis-lock',
    createRedisLockGuard(stores, (eventId, waitMs) => queue.acquire(eventId, waitMs)),
  );
}

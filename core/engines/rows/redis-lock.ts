import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { LockQueue } from './lock-queue.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { createRedisLockGuard } from './redis-lock-guard.ts';

/**
 * Serializes claims with a lock in Redis. A release wakes the next waiting call (pub/sub), in order of arrival within a
 * process.
 *
 * Pros: waiting costs neither a MySQL connection nor commands to Redis, however many calls wait.
 * Cons: an event's claims are decided one at a time, as with the row lock, plus two round trips to Redis and the fsyncs
 * of both stores. Nothing is decided without Redis. If a lease ends too soon, only MySQL's unique keys prevent
 * duplicate claims.
 */
export function createRedisLock(stores: Stores, queue: LockQueue): ClaimStrategy {
  return createMySqlDecided(
    stores,
    'redis-lock',
    createRedisLockGuard(stores, (eventId, waitMs) => queue.acquire(eventId, waitMs)),
  );
}

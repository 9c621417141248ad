import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { EventLock } from './event-lock.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { createRedisLockGuard } from './redis-lock-guard.ts';
import { spinForLock } from './spin-for-lock.ts';

/**
 * The same lock in Redis as `redis-lock`, but each waiting claim tries again by itself, with growing random pauses.
 *
 * Pros: it is simple: no queue, no messages, no second connection.
 * Cons: every waiting claim keeps sending commands to Redis, and the lock stays free while all waiting claims pause.
 * Claims are not served in order: a claim that has waited longer pauses longer, so some get `busy` while newcomers win.
 */
export function createRedisSpinLock(stores: Stores, lock: EventLock): ClaimStrategy {
  return createMySqlDecided(
    stores,
    'redis-spin-lock',
    createRedisLockGuard(stores, (eventId, waitMs) => spinForLock(lock, eventId, waitMs)),
  );
}

import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * Serializes claims with the round's row lock, `SELECT ... FOR UPDATE`.
 *
 * Pro: only one store, so no two stores can disagree, and a loss of Redis loses nothing; the lock of a process that
 * dies goes with its connection. Con: an event's claims are decided one at a time, each with its own COMMIT and fsync;
 * processes contend for the row.
 */
export function createDbLock(stores: Stores): ClaimStrategy {
  return createMySqlDecided(stores, 'db-lock', {
    rowLock: 'exclusive',
    alone: twoAtATime((_eventId, decide, waitMs) =>
      stores.sessions.use((session) => decide({ session, stillMine: () => true }), { waitMs }),
    ),
  });
}

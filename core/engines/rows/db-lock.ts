import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * Serializes claims with the round's row lock, `SELECT ... FOR UPDATE`.
 *
 * Pros: there is only one store, so no two stores can disagree, and a loss of Redis loses nothing. If a process dies,
 * MySQL frees its lock together with its connection.
 * Cons: an event's claims are decided one at a time, each with its own COMMIT and fsync, and processes contend for the
 * row.
 */
export function createDbLock(stores: Stores): ClaimStrategy {
  return createMySqlDecided(stores, 'db-lock', {
    rowLock: 'exclusive',
    alone: twoAtATime((_eventId, decide, waitMs) =>
      stores.sessions.use((session) => decide({ session, stillMine: () => true }), { waitMs }),
    ),
  });
}

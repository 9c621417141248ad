import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * Serializes claims with the round's row lock, `SELECT ... FOR UPDATE`.
 *
 * Pro: one store, nothing to keep in step, nothing that can be lost with Redis; a dead holder's lock goes with its
 * connection. Con: one claim of an event at a time, each with its own COMMIT and fsync; processes contend for the row.
 */
export function createDbLock(stores: Stores): ClaimStrategy {
  return createMySqlDecided(stores, 'db-lock', {
    rowLock: 'exclusive',
    alone: twoAtATime((_eventId, decide, waitMs) =>
      stores.sessions.use((session) => decide({ session, stillMine: () => true }), { waitMs }),
    ),
  });
}

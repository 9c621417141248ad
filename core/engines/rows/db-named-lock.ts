import type { Session } from '../../mysql/sessions.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { lockBusy } from './lock-busy.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * Serializes claims with MySQL's named lock, `GET_LOCK`, taken before the transaction and released after its COMMIT or
 * ROLLBACK, on the same connection.
 *
 * Pros: there is only one store, as with `db-lock`. A change of the round's row waits for one claim, not for all queued
 * claims. If a process dies, MySQL frees its lock together with its connection.
 * Cons: each claim needs two more round trips, and the lock is held until the COMMIT is answered, so no two claims of
 * an event share an fsync. The lock is not replicated, so all processes must use the same MySQL server, without a proxy
 * that spreads statements over connections.
 */
export function createDbNamedLock(stores: Stores): ClaimStrategy {
  return createMySqlDecided(stores, 'db-named-lock', {
    rowLock: 'shared',
    alone: twoAtATime((eventId, decide, waitMs) => {
      const waitUntilMs = performance.now() + waitMs;
      const alone = async (session: Session) => {
        await acquire(session, eventId, waitUntilMs - performance.now());
        try {
          return await decide({ session, stillMine: () => true });
        } finally {
          await release(session, eventId);
        }
      };
      return stores.sessions.use(alone, { waitMs });
    }),
  });
}

/** A session limits each statement to 1,350 ms. If that limit ended the wait, MySQL would seem to be down. */
const lockWaitMaxMs = 1_250;

/**
 * The name is a hash of database and event, because named locks belong to the whole server, ignore case, and take at
 * most 64 characters.
 */
const lockName = `CONCAT('firstcome_', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 48))`;

/**
 * MariaDB waits for fractions of a second. MySQL rounds them, so a wait of less than half a second would be no wait at
 * all.
 */
const acquireSql = `
  SELECT GET_LOCK(${lockName}, IF(VERSION() LIKE '%MariaDB%', ?, CEILING(?))) AS taken`;

async function acquire(session: Session, eventId: string, waitMs: number): Promise<void> {
  const seconds = Math.min(Math.max(0, waitMs), lockWaitMaxMs) / 1_000;
  const [row] = await session.rows<{ taken: number | null }>(acquireSql, [eventId, seconds, seconds]);
  if (row?.taken === 1) return;
  throw lockBusy(eventId);
}

/**
 * Releases the lock, or discards the connection if the release is not confirmed. A session can take its own lock again,
 * so a session that went back to the pool with the lock would let two claims in at once.
 */
async function release(session: Session, eventId: string): Promise<void> {
  const released = await session
    .rows<{ released: number | null }>(`SELECT RELEASE_LOCK(${lockName}) AS released`, [eventId])
    .catch(() => []);
  if (released[0]?.released !== 1) session.discard();
}

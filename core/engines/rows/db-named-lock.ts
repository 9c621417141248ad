import type { Session } from '../../mysql/sessions.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import { lockBusy } from './lock-busy.ts';
import { createMySqlDecided } from './mysql-decided.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * A lock that MySQL keeps by name, `GET_LOCK`, keeps claims apart; it is taken before the transaction and released after
 * its COMMIT or ROLLBACK, on the one connection that does all three.
 *
 * Pro: one store, as `db-lock`; a change of the round's row waits for one claim, not for those in line. A dead holder's
 * lock goes with its connection. Con: two round trips more a claim, and the lock is held until the COMMIT is
 * answered, so no two claims of an event share an fsync. The lock is the server's, not replicated: all processes must
 * use the same server, and no proxy that spreads statements over connections.
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

/** A session's limit on a statement is 1,350 ms; a wait that it ended would look as if MySQL were not answering. */
const lockWaitMaxMs = 1_250;

/** Locks are the server's, not the database's, and at most 64 characters of any case are a name: hence a hash of both. */
const lockName = `CONCAT('firstcome_', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 48))`;

/** MariaDB waits for fractions of a second; MySQL rounds them, and would not wait at all for less than half of one. */
const acquireSql = `
  SELECT GET_LOCK(${lockName}, IF(VERSION() LIKE '%MariaDB%', ?, CEILING(?))) AS taken`;

/** Throws `busy` when the lock was not free in time. */
async function acquire(session: Session, eventId: string, waitMs: number): Promise<void> {
  const seconds = Math.min(Math.max(0, waitMs), lockWaitMaxMs) / 1_000;
  const [row] = await session.rows<{ taken: number | null }>(acquireSql, [eventId, seconds, seconds]);
  if (row?.taken === 1) return;
  throw lockBusy(eventId);
}

/**
 * A session may take a lock that it has, so one that went back to the pool with it would let two claims in at once. What
 * is not seen to be released goes with its connection.
 */
async function release(session: Session, eventId: string): Promise<void> {
  const released = await session
    .rows<{ released: number | null }>(`SELECT RELEASE_LOCK(${lockName}) AS released`, [eventId])
    .catch(() => []);
  if (released[0]?.released !== 1) session.discard();
}

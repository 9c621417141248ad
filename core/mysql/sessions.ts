import type { Pool, PoolConnection, UpsertResult } from 'mariadb';
import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import { createProgress, silentAfterMs, type Progress } from '../runtime/progress.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { createFairPermits } from './fair-permits.ts';
import { asMysqlFault } from './mysql-error.ts';
import { openPool } from './open-pool.ts';
import { traceStatement } from './trace-statement.ts';

/**
 * A MySQL connection that one caller has to itself. Each statement is prepared once per connection. Errors are mapped
 * by `asMysqlFault`. Times are strings: see `sqlTime`.
 */
export type Session = {
  /** Runs a query and returns its rows. Values are sent as bound parameters, never as part of the SQL. */
  rows<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement and resolves to the number of rows that it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /**
   * Runs `work` between BEGIN and COMMIT, and rolls back if `work` throws. Throws `unavailable` if MySQL does not
   * answer the COMMIT; the work may or may not be stored in that case.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Closes the connection for good. MySQL rolls back an open transaction and frees the session's locks. */
  discard(): void;
};

export type SqlValue = string | number | null | Buffer;

/** Connections for work that must hold a connection, separate from the shared pool. */
export type Sessions = {
  /**
   * Runs `work` with a connection of its own, in the order of arrival. Throws `busy`, before `work` is called, if the
   * call waited longer than `waitMs` (by default the limit given at opening), and `unavailable` if the server can't be
   * reached. All work of one `owner` together gets at most half of the connections, rounded up. Otherwise a crowd at
   * one event would block all other events' claims.
   */
  use<T>(work: (session: Session) => Promise<T>, options?: UseOptions): Promise<T>;
  /**
   * Accepts no more work. Resolves when all running work has finished, or after the time that one statement may take.
   */
  close(): Promise<void>;
};

export type UseOptions = { waitMs?: number | undefined; owner?: string | undefined };

export type OpenSessionsOptions = {
  connectionsMax: number;
  /** How long work waits for a connection by default. */
  waitMs: number;
  /** How long one statement, or connecting, may take. Default: 1,500 ms, as for `openDb`. */
  commandTimeoutMs?: number | undefined;
};

/**
 * If a process hangs, its row locks and its named lock last as long as MySQL keeps its connection, and they block the
 * event's claims. Within a transaction, the limit is the usual lease of a Redis lock. At other times the limit is a
 * minute, because it also ends idle connections of the pool, and each of those costs a line in the server's log. On
 * MySQL, which has no limit for transactions alone, the limit is always a minute.
 */
const silenceMaxMs = { inTransaction: 3_000, always: 60_000 };

/**
 * A pool that connects on first use, so that processes that decide nothing in MySQL hold no idle connections. Uses the
 * driver directly, because a named lock must be held by the same session before, during and after a transaction, and
 * Prisma gives out a connection for one transaction only. Prisma also uses several times as much CPU per statement.
 */
export function openSessions(databaseUrl: string, options: OpenSessionsOptions): Sessions {
  const { connectionsMax, waitMs: usualWaitMs, commandTimeoutMs = 1_500 } = options;
  const address = parseDatabaseUrl(databaseUrl);
  const permits = createFairPermits(connectionsMax, Math.ceil(connectionsMax / 2));
  let pool: Pool | undefined;
  let closing: Promise<void> | undefined;
  /**
   * How many connections are in use. If this is 0 while all permits are taken, no connection can be opened, so the
   * server is unreachable.
   */
  let held = 0;
  /** Follows only statements and connection attempts, because work may be idle between its statements. */
  const progress = createProgress();

  return {
    use: async (work, { waitMs = usualWaitMs, owner } = {}) => {
      if (closing !== undefined) throw stopping();
      if (!(await permits.take(waitMs, owner)))
        throw held > 0 && !progress.stuckFor(silentAfterMs(waitMs)) ? busy() : unreachable();
      try {
        // There are as many permits as connections, so this waits only for the server, never for other work.
        const connection = await connect();
        held += 1;
        try {
          return await work(sessionOf(connection, progress));
        } finally {
          held -= 1;
          await connection.release();
        }
      } finally {
        permits.giveBack(owner);
      }
    },
    close: () => (closing ??= pool?.end() ?? Promise.resolve()),
  };

  async function connect(): Promise<PoolConnection> {
    // A caller that waited for its permit may arrive here after `close`.
    if (closing !== undefined) throw stopping();
    pool ??= openPool(address, { connectionLimit: connectionsMax, commandTimeoutMs, silenceMaxMs });
    return progress.follow(pool.getConnection()).catch(rethrow);
  }
}

/** A time in the form in which MySQL reads and writes it: UTC, which every session uses, with milliseconds. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** The reverse of `sqlTime`. */
export const sqlTimeMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

function sessionOf(connection: PoolConnection, { follow }: Progress): Session {
  const execute = <T>(sql: string, values: readonly SqlValue[] = []): Promise<T> =>
    traceStatement(sql, () =>
      follow(connection.execute<T>({ sql, dateStrings: true, bigIntAsNumber: true }, [...values])).catch(rethrow),
    );
  /** Runs a statement without preparing it, because MySQL 8 can't prepare START TRANSACTION. */
  const say = (sql: string): Promise<unknown> =>
    traceStatement(sql, () => follow(connection.query(sql)).catch(rethrow));
  const discard = (): void => connection.destroy();
  return {
    rows: execute,
    run: async (sql, values) => (await execute<UpsertResult>(sql, values)).affectedRows,
    transaction: async (work) => {
      await say('START TRANSACTION');
      let result;
      try {
        result = await work();
      } catch (err) {
        await say('ROLLBACK').catch(discard);
        throw err;
      }
      try {
        await say('COMMIT');
      } catch (err) {
        // The state of this connection is unknown, so it must not be reused.
        discard();
        throw err;
      }
      return result;
    },
    discard,
  };
}

function rethrow(error: unknown): never {
  throw asMysqlFault(error);
}

const busy = (): Fault => new Fault('busy', say('sessions_taken'));

const unreachable = (): Fault => new Fault('unavailable', say('mysql_silent'));

const stopping = (): Fault => new Fault('unavailable', say('stopping'));

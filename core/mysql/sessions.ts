import type { Pool, PoolConnection, UpsertResult } from 'mariadb';
import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';
import { createProgress, silentAfterMs, type Progress } from '../runtime/progress.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { createFairPermits } from './fair-permits.ts';
import { asMysqlFault } from './mysql-error.ts';
import { openPool } from './open-pool.ts';

/**
 * A MySQL connection that one caller has to itself. Statements are prepared once per connection. Errors are faults from
 * `asMysqlFault`, or else the driver's. Times are texts, see `sqlTime`.
 */
export type Session = {
  /** Runs a query and returns its rows. Values are bound, never put into the text. */
  rows<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement and resolves to the number of rows it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /**
   * Runs `work` between BEGIN and COMMIT, and rolls back if it throws. If the COMMIT gets no answer, it throws
   * `unavailable`: the work may or may not be stored.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Closes the connection: MySQL rolls back what is open and frees the session's locks. Nobody gets it after this. */
  discard(): void;
};

export type SqlValue = string | number | null | Buffer;

/** Connections for work that must hold one, separate from the shared pool. */
export type Sessions = {
  /**
   * Runs `work` with a connection of its own, in the order of arrival. Before `work` is called, throws `busy` if it
   * waited longer than `waitMs` (default: as opened), and `unavailable` if the server can't be reached. Work of one
   * `owner` gets at most half of the connections, rounded up, and the rest of it waits in a queue of its own. Otherwise
   * a crowd at one event would block the claims of all others.
   */
  use<T>(work: (session: Session) => Promise<T>, options?: UseOptions): Promise<T>;
  /** Accepts no more work. Resolves when running work has ended, or has had the time of one statement. */
  close(): Promise<void>;
};

export type UseOptions = { waitMs?: number | undefined; owner?: string | undefined };

export type OpenSessionsOptions = {
  connectionsMax: number;
  /** How long work waits for a connection by default. */
  waitMs: number;
  /** How long one statement, or connecting, may take. Default 1,500 ms, as for `openDb`. */
  commandTimeoutMs?: number | undefined;
};

/**
 * A process that hangs keeps its row locks and its named lock for as long as MySQL keeps its connection, and nobody
 * else can decide. Within a transaction the limit is a Redis lock's usual lease. Otherwise, and always with MySQL,
 * which has no limit for transactions, it is a minute: it also ends idle connections of the pool, and each time costs a
 * line in the server's log.
 */
const silenceMaxMs = { inTransaction: 3_000, always: 60_000 };

/**
 * A pool that connects on first use, so that processes that decide nothing in MySQL hold no idle connections. It uses
 * the raw driver, because Prisma gives out a connection for one transaction only, and a named lock must be held by the
 * same session before, during and after one. Prisma also spends several times the CPU per statement.
 */
export function openSessions(databaseUrl: string, options: OpenSessionsOptions): Sessions {
  const { connectionsMax, waitMs: usualWaitMs, commandTimeoutMs = 1_500 } = options;
  const address = parseDatabaseUrl(databaseUrl);
  const permits = createFairPermits(connectionsMax, Math.ceil(connectionsMax / 2));
  let pool: Pool | undefined;
  let closing: Promise<void> | undefined;
  /** How many connections are in use. If it is 0 while all permits are taken, none can be opened. */
  let held = 0;
  /** Tracks statements and connecting, because work may also be idle for long. */
  const progress = createProgress();

  return {
    use: async (work, { waitMs = usualWaitMs, owner } = {}) => {
      if (closing !== undefined) throw stopping();
      if (!(await permits.take(waitMs, owner)))
        throw held > 0 && !progress.stuckFor(silentAfterMs(waitMs)) ? busy() : unreachable();
      try {
        // There are as many permits as connections, so this waits for the server, never for other work.
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
    // A caller that waited may get its turn after `close`.
    if (closing !== undefined) throw stopping();
    pool ??= openPool(address, { connectionLimit: connectionsMax, commandTimeoutMs, silenceMaxMs });
    return progress.follow(pool.getConnection()).catch(rethrow);
  }
}

/** A time as MySQL reads and writes it: UTC, which every session uses, with milliseconds. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** The reverse of `sqlTime`. */
export const sqlTimeMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

function sessionOf(connection: PoolConnection, { follow }: Progress): Session {
  const execute = <T>(sql: string, values: readonly SqlValue[] = []): Promise<T> =>
    follow(connection.execute<T>({ sql, dateStrings: true, bigIntAsNumber: true }, [...values])).catch(rethrow);
  /** Without parameters there is nothing to prepare, and MySQL 8 can't prepare START TRANSACTION. */
  const say = (sql: string): Promise<unknown> => follow(connection.query(sql)).catch(rethrow);
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
        // The state of the connection is unknown, so nobody may reuse it.
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

import type { Pool, PoolConnection, UpsertResult } from 'mariadb';
import { Fault } from '../runtime/fault.ts';
import { createProgress, silentAfterMs, type Progress } from '../runtime/progress.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { createFairPermits } from './fair-permits.ts';
import { asMysqlFault } from './mysql-error.ts';
import { openPool } from './open-pool.ts';

/**
 * One connection of MySQL that is nobody else's until the work with it ends. Statements are prepared once a connection.
 * Errors are faults as `asMysqlFault` makes them, else the driver's. Times are texts, see `sqlTime`.
 */
export type Session = {
  /** Rows of a query. Values are bound, never put into the text. */
  rows<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement; resolves to the number of rows that it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /**
   * Runs `work` between BEGIN and COMMIT, and rolls back when it throws. When the COMMIT is not answered it throws
   * `unavailable`: whether the work is stored is unknown.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Cuts the connection: MySQL rolls back what is open and frees the session's locks. Nobody gets it after this. */
  discard(): void;
};

export type SqlValue = string | number | null | Buffer;

/** Connections for work that must hold one, apart from those that everything else shares. */
export type Sessions = {
  /**
   * Runs `work` with a connection of its own. Who comes first is served first; a wait longer than `waitMs` (default: as
   * opened) throws `busy`, a server that can't be reached `unavailable`, both before `work` is called. Work for the same
   * `owner` never has more than half of the connections, rounded up, and the rest of it waits in a line of its own: a
   * crowd at one event would otherwise stand before the claims of all others.
   */
  use<T>(work: (session: Session) => Promise<T>, options?: UseOptions): Promise<T>;
  /** Takes no work any more, and ends when running work has ended, or has had the time of a statement for it. */
  close(): Promise<void>;
};

export type UseOptions = { waitMs?: number | undefined; owner?: string | undefined };

export type OpenSessionsOptions = {
  connectionsMax: number;
  /** How long work waits for a connection, unless it says otherwise. */
  waitMs: number;
  /** How long one statement may take, and making a connection. Default 1,500 ms, as for `openDb`. */
  commandTimeoutMs?: number | undefined;
};

/**
 * A process that hangs keeps its row locks and its named lock as long as MySQL keeps its connection, and nobody else
 * decides. In a transaction as long as a Redis lock's usual lease. Otherwise, and with MySQL, which knows no limit for
 * transactions, a minute: it ends idle connections of the pool too, which each time costs a line in the server's log.
 */
const silenceMaxMs = { inTransaction: 3_000, always: 60_000 };

/**
 * A pool that connects when it is first used: processes that decide nothing in MySQL have no idle connections for it.
 *
 * The raw driver, because Prisma gives a connection for one transaction only: a named lock must be held by the same
 * session before, during and after one. Prisma also spends several times the CPU on a statement.
 */
export function openSessions(databaseUrl: string, options: OpenSessionsOptions): Sessions {
  const { connectionsMax, waitMs: usualWaitMs, commandTimeoutMs = 1_500 } = options;
  const address = parseDatabaseUrl(databaseUrl);
  const permits = createFairPermits(connectionsMax, Math.ceil(connectionsMax / 2));
  let pool: Pool | undefined;
  let closing: Promise<void> | undefined;
  /** Connections in somebody's hands; none, while all permits are taken, means that nobody gets one. */
  let held = 0;
  /** Of statements, and of connecting: work may also do nothing for long. */
  const progress = createProgress();

  return {
    use: async (work, { waitMs = usualWaitMs, owner } = {}) => {
      if (closing !== undefined) throw stopping();
      if (!(await permits.take(waitMs, owner)))
        throw held > 0 && !progress.stuckFor(silentAfterMs(waitMs)) ? busy() : unreachable();
      try {
        // As many permits as connections: this waits for the server, never for other work.
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
    // Who has waited for its turn may come after the end.
    if (closing !== undefined) throw stopping();
    pool ??= openPool(address, { connectionLimit: connectionsMax, commandTimeoutMs, silenceMaxMs });
    return progress.follow(pool.getConnection()).catch(rethrow);
  }
}

/** A time as MySQL reads and writes it: UTC, which every session is set to, with milliseconds. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** The reverse of `sqlTime`. */
export const sqlTimeMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

function sessionOf(connection: PoolConnection, { follow }: Progress): Session {
  const execute = <T>(sql: string, values: readonly SqlValue[] = []): Promise<T> =>
    follow(connection.execute<T>({ sql, dateStrings: true, bigIntAsNumber: true }, [...values])).catch(rethrow);
  /** Without parameters there is nothing to prepare, and MySQL 8 prepares no START TRANSACTION. */
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
        // In whatever state it is, the next user must not find it.
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

const busy = (): Fault =>
  new Fault('busy', 'All connections for deciding claims are taken: nothing was decided. Try again shortly.');

const unreachable = (): Fault =>
  new Fault('unavailable', 'MySQL is not answering: nothing was decided. Try again shortly.');

const stopping = (): Fault =>
  new Fault('unavailable', 'This process is stopping: nothing was decided. Try again shortly.');

import type { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createPool,
  type ConnectionInfo,
  type Pool,
  type PoolConfig,
  type PoolConnection,
  type QueryOptions,
} from 'mariadb';
import { within } from '../runtime/within.ts';
import { isReadOnly, isStatementLimit, mysqlErrno } from './mysql-error.ts';

export type BoundedPoolOptions = {
  config: PoolConfig;
  /** How long one call may take: getting a connection and running a statement together. */
  timeoutMs: number;
  /** Returns the statement that sets up a new connection to this server. */
  sessionSetup: (info: ConnectionInfo) => string;
};

/**
 * A connection pool in which every wait ends within `timeoutMs`. A connection that did not answer in time is dropped.
 *
 * The driver's own limits are not enough. The server enforces `queryTimeout`, so that limit does nothing if the server
 * hangs. `socketTimeout` also ends idle connections, so a quiet pool would reconnect every second. `destroy()` sends a
 * KILL over another connection. If the KILL fails, the unhandled rejection ends the process, as does a failure of the
 * driver's `initSql` and `sessionVariables`.
 */
export function createBoundedPool({ config, timeoutMs, sessionSetup }: BoundedPoolOptions): Pool {
  const pool = createPool(config);
  const getConnection = pool.getConnection.bind(pool);
  const end = pool.end.bind(pool);
  const sockets = watchSockets(pool);
  const ready = new WeakSet<ConnectionInfo>();
  /** Connections to a server that has replied that it is read-only. */
  const demoted = new WeakSet<ConnectionInfo>();
  const inTime = <T>(connection: PoolConnection, run: () => Promise<T>, deadline: number): Promise<T> => {
    // Prisma rolls back at once after a statement that did not finish in time. The driver would queue that ROLLBACK on
    // the dropped socket until its own deadline.
    if (sockets.isDropped(connection)) return Promise.reject(timeoutError('this connection was dropped'));
    return endInTime(run(), deadline, () => sockets.drop(connection)).catch((error: unknown) => {
      const errno = mysqlErrno(error);
      if (connection.info !== null && errno !== undefined && isReadOnly(errno)) demoted.add(connection.info);
      throw error;
    });
  };
  /**
   * A demoted primary keeps its connections open. Dropping them lets the next connection go to the server that the
   * address now leads to.
   */
  const leaveDemoted = (connection: PoolConnection): void => {
    if (connection.info !== null && demoted.has(connection.info)) sockets.drop(connection);
  };
  // Callers that wait for a connection get the error too. Without a listener, the error would end the process. The
  // driver's types lack this event.
  (pool as unknown as EventEmitter).on('error', () => undefined);

  pool.getConnection = async () => bound(await acquire(performance.now() + timeoutMs));

  pool.execute = async <T>(sql: string | QueryOptions, values?: unknown): Promise<T> => {
    const deadline = performance.now() + timeoutMs;
    const connection = await acquire(deadline);
    try {
      return await inTime(connection, () => executeOrQuery<T>(connection, sql, values), deadline);
    } finally {
      leaveDemoted(connection);
      void releaseUsable(connection, connection.release.bind(connection));
    }
  };

  // The adapter asks for the server's version only to decide whether to join relations in one query, which we turn off.
  // Failing at once saves the first call a second wait while the server is down.
  pool.query = () => Promise.reject(new Error("the server's version is not needed"));

  // If the server hangs, the driver's `end` would wait for ever.
  pool.end = () => within(timeoutMs, end(), () => undefined);
  return pool;

  async function acquire(deadline: number): Promise<PoolConnection> {
    const connection = await connectionInTime(getConnection(), deadline);
    const { info } = connection;
    if (info === null || ready.has(info)) return connection;
    try {
      await inTime(connection, () => connection.query(sessionSetup(info)), deadline);
    } catch (error) {
      // If this connection went back to the pool, it would be reused without its session settings.
      sockets.drop(connection);
      void connection.release();
      throw error;
    }
    ready.add(info);
    return connection;
  }

  /**
   * Releases a connection. The pool learns that a connection is broken only in the next turn of the event loop, so a
   * dropped one is released after that turn; otherwise the pool would hand it out again.
   */
  async function releaseUsable(connection: PoolConnection, release: () => Promise<void>): Promise<void> {
    if (sockets.isDropped(connection)) await nextTurn();
    return release();
  }

  /**
   * Adds a time limit to each statement on a connection that a caller holds for a transaction, and replaces `destroy`
   * with a safe drop.
   */
  function bound(connection: PoolConnection): PoolConnection {
    const query = connection.query.bind(connection);
    const execute = connection.execute.bind(connection);
    connection.query = <T>(sql: string | QueryOptions, values?: unknown) =>
      inTime(connection, () => query<T>(sql, values), performance.now() + timeoutMs);
    connection.execute = <T>(sql: string | QueryOptions, values?: unknown) =>
      inTime(connection, () => executeOrQuery<T>({ query, execute }, sql, values), performance.now() + timeoutMs);
    const release = connection.release.bind(connection);
    connection.release = () => {
      leaveDemoted(connection);
      return releaseUsable(connection, release);
    };
    connection.destroy = () => sockets.drop(connection);
    return connection;
  }
}

/**
 * Runs a statement as a prepared one. If the server has as many prepared statements as it allows, sends the statement
 * as text instead; the refused statement was not executed. The limit, `max_prepared_stmt_count`, is 16,382 by default
 * and counts the statements of all connections of all clients.
 */
async function executeOrQuery<T>(
  connection: Pick<PoolConnection, 'execute' | 'query'>,
  sql: string | QueryOptions,
  values: unknown,
): Promise<T> {
  try {
    return await connection.execute<T>(sql, values);
  } catch (error) {
    const errno = mysqlErrno(error);
    if (errno === undefined || !isStatementLimit(errno)) throw error;
    return connection.query<T>(sql, values);
  }
}

/** Resolves to a statement's result. At the deadline, calls `drop` and throws an error. */
function endInTime<T>(statement: Promise<T>, deadline: number, drop: () => void): Promise<T> {
  return within(deadline - performance.now(), statement.catch(throwDriverError), () => {
    drop();
    throw timeoutError('the statement did not finish in time');
  });
}

/** Waits for a connection until the deadline. A connection that arrives later goes back to the pool. */
function connectionInTime(waiting: Promise<PoolConnection>, deadline: number): Promise<PoolConnection> {
  return within(deadline - performance.now(), waiting.catch(throwDriverError), () => {
    void waiting.then((connection) => connection.release()).catch(() => undefined);
    throw timeoutError('no connection in time');
  });
}

/** What the pool's `connection` event really passes: the driver's inner connection, with its socket. */
type InnerConnection = { info: ConnectionInfo; socket?: { destroy(error: Error): void } };

/**
 * Drops connections by destroying their sockets. To the pool, a destroyed socket looks like a broken network, which the
 * pool handles well.
 */
function watchSockets(pool: Pool) {
  const inner = new WeakMap<ConnectionInfo, InnerConnection>();
  const dropped = new WeakSet<ConnectionInfo>();
  pool.on('connection', (connection) => {
    const opened = connection as unknown as InnerConnection;
    inner.set(opened.info, opened);
  });
  return {
    drop: ({ info }: PoolConnection) => {
      if (info === null) return;
      dropped.add(info);
      inner.get(info)?.socket?.destroy(timeoutError('dropped: it did not answer in time'));
    },
    isDropped: ({ info }: PoolConnection): boolean => info !== null && dropped.has(info),
  };
}

/**
 * Adds to a raw socket error the fields by which the adapter recognizes the driver's errors. Without them, Prisma would
 * report a different error.
 */
function asDriverError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if ('sqlMessage' in error && typeof error.sqlMessage === 'string') return error;
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : 45_009;
  return Object.assign(new Error(error.message, { cause: error }), { ...networkError(error.message), errno });
}

const throwDriverError = (error: unknown): never => {
  throw asDriverError(error);
};

/** The driver's codes, both with the SQLSTATE 08S01: 45028 for a wait that timed out, 45009 for a lost connection. */
function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { ...networkError(message), errno: 45_028 });
}

const networkError = (sqlMessage: string) => ({ sqlMessage, sqlState: '08S01', fatal: true });

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
import { isReadOnly, mysqlErrno } from './mysql-error.ts';

export type BoundedPoolOptions = {
  config: PoolConfig;
  /** How long one call may take: getting a connection and running a statement, together. */
  timeoutMs: number;
  /** The statement that sets up each new connection to this server. */
  sessionSetup: (info: ConnectionInfo) => string;
};

/**
 * A connection pool in which every wait ends within `timeoutMs`. A connection that did not answer in time is dropped.
 * The driver's own limits are not enough. The server enforces `queryTimeout`, which a hanging server doesn't.
 * `socketTimeout` also ends idle connections, so a quiet pool would reconnect every second. `destroy()` sends a KILL
 * over another connection, and if that fails, the unhandled rejection ends the process. So does a failure of the
 * driver's `initSql` and `sessionVariables`, hence `sessionSetup`.
 */
export function createBoundedPool({ config, timeoutMs, sessionSetup }: BoundedPoolOptions): Pool {
  const pool = createPool(config);
  const getConnection = pool.getConnection.bind(pool);
  const end = pool.end.bind(pool);
  const sockets = watchSockets(pool);
  const ready = new WeakSet<ConnectionInfo>();
  /** Connections to a server that has become read-only. */
  const demoted = new WeakSet<ConnectionInfo>();
  const inTime = <T>(connection: PoolConnection, statement: Promise<T>, deadline: number): Promise<T> =>
    endInTime(statement, deadline, () => sockets.drop(connection)).catch((error: unknown) => {
      const errno = mysqlErrno(error);
      if (connection.info !== null && errno !== undefined && isReadOnly(errno)) demoted.add(connection.info);
      throw error;
    });
  /** A primary that was demoted keeps its connections. The next one goes to whatever the address leads to by then. */
  const leaveDemoted = (connection: PoolConnection): void => {
    if (connection.info !== null && demoted.has(connection.info)) sockets.drop(connection);
  };
  // Callers waiting for a connection get the error too. The driver's types lack this event, and without a listener it
  // ends the process.
  (pool as unknown as EventEmitter).on('error', () => undefined);

  pool.getConnection = async () => bound(await acquire(performance.now() + timeoutMs));

  pool.execute = async <T>(sql: string | QueryOptions, values?: unknown): Promise<T> => {
    const deadline = performance.now() + timeoutMs;
    const connection = await acquire(deadline);
    try {
      return await inTime(connection, connection.execute<T>(sql, values), deadline);
    } finally {
      leaveDemoted(connection);
      void releaseUsable(connection, connection.release.bind(connection));
    }
  };

  // The adapter asks for the server's version only to know whether it may join relations in one query, and we turn that
  // off. Answering "unknown" saves the first call a second wait while the server is down.
  pool.query = () => Promise.reject(new Error('the version is not asked for'));

  // The driver would wait for a hanging server for ever.
  pool.end = () => within(timeoutMs, end(), () => undefined);
  return pool;

  async function acquire(deadline: number): Promise<PoolConnection> {
    const connection = await connectionInTime(getConnection(), deadline);
    const { info } = connection;
    if (info === null || ready.has(info)) return connection;
    try {
      await inTime(connection, connection.query(sessionSetup(info)), deadline);
    } catch (error) {
      // Back in the pool, it would be reused as it is.
      sockets.drop(connection);
      void connection.release();
      throw error;
    }
    ready.add(info);
    return connection;
  }

  /** The pool learns of a broken connection in the next turn of the event loop, and until then would hand it out again. */
  async function releaseUsable(connection: PoolConnection, release: () => Promise<void>): Promise<void> {
    if (sockets.isDropped(connection)) await nextTurn();
    return release();
  }

  /** Bounds each statement of a connection that a caller holds (for a transaction), and makes `destroy` safe. */
  function bound(connection: PoolConnection): PoolConnection {
    const query = connection.query.bind(connection);
    const execute = connection.execute.bind(connection);
    connection.query = <T>(sql: string | QueryOptions, values?: unknown) =>
      inTime(connection, query<T>(sql, values), performance.now() + timeoutMs);
    connection.execute = <T>(sql: string | QueryOptions, values?: unknown) =>
      inTime(connection, execute<T>(sql, values), performance.now() + timeoutMs);
    const release = connection.release.bind(connection);
    connection.release = () => {
      leaveDemoted(connection);
      return releaseUsable(connection, release);
    };
    connection.destroy = () => sockets.drop(connection);
    return connection;
  }
}

/** A statement's answer, or an error at the deadline, after which `drop` is called. */
function endInTime<T>(statement: Promise<T>, deadline: number, drop: () => void): Promise<T> {
  return within(deadline - performance.now(), statement.catch(throwDriverError), () => {
    drop();
    throw timeoutError('the statement did not end in time');
  });
}

/** Waits for a connection. One that arrives too late goes back to the pool. */
function connectionInTime(waiting: Promise<PoolConnection>, deadline: number): Promise<PoolConnection> {
  return within(deadline - performance.now(), waiting.catch(throwDriverError), () => {
    void waiting.then((connection) => connection.release()).catch(() => undefined);
    throw timeoutError('no connection in time');
  });
}

/** What the pool's `connection` event actually passes: the driver's inner connection, with the socket. */
type InnerConnection = { info: ConnectionInfo; socket?: { destroy(error: Error): void } };

/** Drops a connection as if the network had broken it, which the pool handles well. */
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
 * A raw socket error lacks the fields by which the adapter recognises the driver's errors, so Prisma would misname it.
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

/** 45028 is the driver's code for a wait that timed out, 45009 for a lost connection. 08S01 is the SQLSTATE of both. */
function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { ...networkError(message), errno: 45_028 });
}

const networkError = (sqlMessage: string) => ({ sqlMessage, sqlState: '08S01', fatal: true });

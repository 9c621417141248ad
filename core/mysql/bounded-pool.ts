import { createPool, type Connection, type Pool, type PoolConfig, type QueryOptions } from 'mariadb';

/**
 * A pool of the driver in which every wait ends: getting a connection and running a statement take `timeoutMs` at most,
 * together if they are one call. What runs longer is killed and its connection dropped.
 *
 * The driver can't do this itself. Its `queryTimeout` is kept by the server, which a hanging server doesn't do, and
 * its `socketTimeout` also ends idle connections, so that a quiet pool would connect anew every second.
 */
export function createBoundedPool(config: PoolConfig, timeoutMs: number): Pool {
  const pool = createPool(config);
  const getConnection = pool.getConnection.bind(pool);
  const end = pool.end.bind(pool);

  pool.getConnection = async () => bindStatements(await within(timeoutMs, getConnection()), timeoutMs);

  pool.execute = async <T>(sql: string | QueryOptions, values?: unknown): Promise<T> => {
    const deadline = performance.now() + timeoutMs;
    const connection = await within(timeoutMs, getConnection());
    try {
      return await run(connection, connection.execute<T>(sql, values), deadline - performance.now());
    } finally {
      void connection.release();
    }
  };

  // The adapter asks only for the server's version, to know whether it may join relations in one query, which we don't
  // let it do. Answering "unknown" spares the first call a second wait when the server is down.
  pool.query = () => Promise.reject(new Error('the version is not asked for'));

  // The driver would wait for a hanging server for ever.
  pool.end = () => Promise.race([end(), new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref())]);
  return pool;
}

/** Makes each statement of a connection that somebody holds (a transaction's) end in time. */
function bindStatements<C extends Connection>(connection: C, timeoutMs: number): C {
  const query = connection.query.bind(connection);
  const execute = connection.execute.bind(connection);
  connection.query = <T>(sql: string | QueryOptions, values?: unknown) =>
    run(connection, query<T>(sql, values), timeoutMs);
  connection.execute = <T>(sql: string | QueryOptions, values?: unknown) =>
    run(connection, execute<T>(sql, values), timeoutMs);
  return connection;
}

function run<T>(connection: Connection, statement: Promise<T>, leftMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Besides closing, this kills the statement on the server, so that it can't commit behind our back much later.
      connection.destroy();
      reject(timeoutError('the statement did not end in time'));
    }, leftMs);
    void statement.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Waits for a connection; one that comes too late goes back. */
function within<C extends { release(): Promise<void> }>(timeoutMs: number, waiting: Promise<C>): Promise<C> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(timeoutError('no connection in time'));
    }, timeoutMs);
    void waiting
      .then((connection) => (late ? void connection.release() : resolve(connection)), reject)
      .finally(() => clearTimeout(timer));
  });
}

/** As the driver's errors look. 45028 is its number for a wait that was given up, 08S01 SQL's "communication link failure". */
function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { sqlMessage: message, errno: 45_028, sqlState: '08S01', fatal: true });
}

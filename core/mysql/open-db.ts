import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import type { ConnectionInfo } from 'mariadb';
import { type Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import { createBoundedPool } from './bounded-pool.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { asMysqlFault } from './mysql-error.ts';

export type Db = PrismaClient;
/** What runs inside one transaction. */
export type DbTransaction = Prisma.TransactionClient;
/** Whatever can read: the client itself, or a transaction. */
export type DbReader = Db | DbTransaction;

export type OpenDbOptions = {
  /** Connections at most; one is opened at once, more when they are needed. Default: the URL's `connectionLimit`, or 10. */
  poolMax?: number | undefined;
  /**
   * How long a call may wait before it fails: for a connection and a statement together, or for each statement of a
   * transaction. Default 1,500 ms, so that an API process can answer 503 within 2 s.
   */
  commandTimeoutMs?: number | undefined;
};

/**
 * A client for MySQL or MariaDB; close it with `$disconnect()`. While the server is down or hangs, calls fail in
 * `commandTimeoutMs`; when it is back, they work again within a second, with no new client. Times are UTC, whatever the
 * server's zone; SQL is strict, whatever its mode; transactions read what is committed (a transaction that waited for a
 * lock must not go on with a snapshot from before the wait). A server that can't be reached is a `Fault`: `unavailable`;
 * a lock that could not be had is one: `busy`. Throws at once if the URL can't be read.
 */
export function openDb(databaseUrl: string, options: OpenDbOptions = {}): Db {
  const address = parseDatabaseUrl(databaseUrl);
  const commandTimeoutMs = options.commandTimeoutMs ?? 1_500;
  const pool = createBoundedPool({
    timeoutMs: commandTimeoutMs,
    sessionSetup: (info) => sessionSetup(info, commandTimeoutMs),
    config: {
      ...address.connection,
      connectionLimit: options.poolMax ?? address.poolMax ?? 10,
      minimumIdle: 1,
      // A little less than the call's own limit: the driver's error says why no connection could be made.
      acquireTimeout: commandTimeoutMs * 0.9,
      connectTimeout: Math.min(commandTimeoutMs, 1_000),
      // The pool tries to connect every 500 ms. When this time is over it would rest for up to 10 s between its trials,
      // and calls would fail that much longer than the server is down.
      initializationTimeout: 2 ** 31,
      prepareCacheLength: 256,
      // Parameters in error messages would put users and code keys into logs.
      logParam: false,
      // Needs no SET NAMES, whose failure would be an unhandled rejection in the driver.
      collation: 'UTF8MB4_BIN',
    },
  });
  const client = new PrismaClient({
    adapter: new PrismaMariaDb(pool, { database: address.database, disposeExternalPool: false }),
    transactionOptions: { maxWait: commandTimeoutMs, timeout: Math.max(5_000, 2 * commandTimeoutMs) },
  });
  const db = withFaults(client);
  const disconnect = db.$disconnect.bind(db);
  // Prisma disposes of its adapter only if something was asked; the pool connects at once.
  const close = async () => {
    await disconnect();
    await pool.end();
  };
  let closing: Promise<void> | undefined;
  return Object.assign(db, { $disconnect: () => (closing ??= close()) });
}

/** The same client, whose errors have been through `asMysqlFault`: those of statements, and those of BEGIN and COMMIT. */
function withFaults(client: PrismaClient): Db {
  const extended = client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrow) },
  }) as unknown as Db;
  const transaction = extended.$transaction.bind(extended) as (...args: unknown[]) => Promise<unknown>;
  const wrapped = (...args: unknown[]) => transaction(...args).catch(rethrow);
  return Object.assign(extended, { $transaction: wrapped as Db['$transaction'] });
}

function rethrow(error: unknown): never {
  throw asMysqlFault(error);
}

/** What every connection is set to, whatever the server's defaults are. */
function sessionSetup(info: ConnectionInfo, commandTimeoutMs: number): string {
  // The server gives up a little before we do, so that the error says what it was and nothing goes on behind our back.
  // MySQL limits only SELECTs.
  const limit = info.isMariaDB()
    ? `max_statement_time = ${(commandTimeoutMs * 0.9) / 1_000}`
    : `max_execution_time = ${Math.round(commandTimeoutMs * 0.9)}`;
  const settings = [
    `time_zone = '+00:00'`,
    `sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
    // The read back of a batch of claims is one text (MySQL's default ends it after 1,024 bytes).
    'group_concat_max_len = 1048576',
    `innodb_lock_wait_timeout = ${Math.max(1, Math.floor(commandTimeoutMs / 1_000 - 0.5))}`,
    limit,
  ].map((setting) => `SESSION ${setting}`);
  const isolation = info.isMariaDB() && !info.hasMinVersion(11, 1, 1) ? 'tx_isolation' : 'transaction_isolation';
  return `SET ${settings.join(', ')}, SESSION ${isolation} = 'READ-COMMITTED'`;
}

import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { type Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { asMysqlFault } from './mysql-error.ts';
import { openPool } from './open-pool.ts';

export type Db = PrismaClient;
/** The client inside one transaction. */
export type DbTransaction = Prisma.TransactionClient;
/** Anything that can read: the client itself, or a transaction. */
export type DbReader = Db | DbTransaction;

/** The most connections of a client if neither its caller nor the URL sets a limit. */
export const defaultPoolMax = 10;

export type OpenDbOptions = {
  /**
   * The most connections. The first one is opened immediately, the others when they are needed. Default: the URL's
   * `connectionLimit`, or 10.
   */
  poolMax?: number | undefined;
  /**
   * How long a call may take before it fails: waiting for a connection and running the statement together, or each
   * statement of a transaction. Default: 1,500 ms, so that an API process can answer 503 within 2 s.
   */
  commandTimeoutMs?: number | undefined;
};

/**
 * A client for MySQL or MariaDB; close it with `$disconnect()`. While the server is down or hangs, calls fail within
 * `commandTimeoutMs`. When the server is back, calls succeed again within a second.
 *
 * Times are UTC, whatever the server's zone, and SQL is strict, whatever the server's mode. Transactions read committed
 * data, so that a transaction that waited for a lock does not continue with a snapshot from before the wait.
 *
 * Faults: `unavailable` if the server can't be reached, `busy` if a wait for a lock timed out. Throws at once if the
 * URL can't be parsed.
 */
export function openDb(databaseUrl: string, options: OpenDbOptions = {}): Db {
  const address = parseDatabaseUrl(databaseUrl);
  const commandTimeoutMs = options.commandTimeoutMs ?? 1_500;
  const connectionLimit = options.poolMax ?? address.poolMax ?? defaultPoolMax;
  const transactionMs = Math.max(5_000, 2 * commandTimeoutMs);
  // Prisma ends a transaction after this time. If this process hangs or is cut off, Prisma can't do so, and the server
  // ends the transaction instead. Otherwise the transaction's locks would block the event's row for hours.
  const pool = openPool(address, { connectionLimit, commandTimeoutMs, silenceMaxMs: { inTransaction: transactionMs } });
  const client = new PrismaClient({
    adapter: new PrismaMariaDb(pool, { database: address.database, disposeExternalPool: false }),
    transactionOptions: { maxWait: commandTimeoutMs, timeout: transactionMs },
  });
  const db = withFaults(client);
  const disconnect = db.$disconnect.bind(db);
  // Prisma ends the pool only if a query has run, but the pool connects without one.
  const close = async () => {
    await disconnect();
    await pool.end();
  };
  let closing: Promise<void> | undefined;
  return Object.assign(db, { $disconnect: () => (closing ??= close()) });
}

/** The same client with the errors of statements, BEGIN and COMMIT mapped by `asMysqlFault`. */
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

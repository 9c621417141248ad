import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { type Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { asMysqlFault } from './mysql-error.ts';
import { openPool } from './open-pool.ts';

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
  const connectionLimit = options.poolMax ?? address.poolMax ?? 10;
  const transactionMs = Math.max(5_000, 2 * commandTimeoutMs);
  // Prisma ends a transaction after that long. Where the process hangs or is cut off the server does, or its locks would
  // keep the event's row from everybody for hours.
  const pool = openPool(address, { connectionLimit, commandTimeoutMs, silenceMaxMs: { inTransaction: transactionMs } });
  const client = new PrismaClient({
    adapter: new PrismaMariaDb(pool, { database: address.database, disposeExternalPool: false }),
    transactionOptions: { maxWait: commandTimeoutMs, timeout: transactionMs },
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

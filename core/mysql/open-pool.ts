import type { ConnectionInfo, Pool } from 'mariadb';
import { createBoundedPool } from './bounded-pool.ts';
import type { DatabaseAddress } from './database-url.ts';

export type OpenPoolOptions = {
  /** Connections at most; one is opened at once, more when they are needed. */
  connectionLimit: number;
  /** How long a call may wait: for a connection and a statement together, or for each statement of who holds one. */
  commandTimeoutMs: number;
  /**
   * How long the server bears the silence of a process that hangs, before it ends the connection with all its locks:
   * within a transaction, and, if said, at any other time, when idle connections of the pool end too. MySQL has no limit
   * for transactions alone: there it is a minute at any time. In whole seconds.
   */
  silenceMaxMs: { inTransaction: number; always?: number };
};

/** The driver's connections as all of core uses them, set up alike whatever the server's defaults are. */
export function openPool(
  { connection }: DatabaseAddress,
  { connectionLimit, commandTimeoutMs, silenceMaxMs }: OpenPoolOptions,
): Pool {
  return createBoundedPool({
    timeoutMs: commandTimeoutMs,
    sessionSetup: (info) => sessionSetup(info, commandTimeoutMs, silenceMaxMs),
    config: {
      ...connection,
      connectionLimit,
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
}

/** What every connection is set to, whatever the server's defaults are. */
function sessionSetup(
  info: ConnectionInfo,
  commandTimeoutMs: number,
  silenceMaxMs: OpenPoolOptions['silenceMaxMs'],
): string {
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
    ...silenceLimits(info, silenceMaxMs),
  ].map((setting) => `SESSION ${setting}`);
  const isolation = info.isMariaDB() && !info.hasMinVersion(11, 1, 1) ? 'tx_isolation' : 'transaction_isolation';
  return `SET ${settings.join(', ')}, SESSION ${isolation} = 'READ-COMMITTED'`;
}

function silenceLimits(info: ConnectionInfo, silenceMaxMs: OpenPoolOptions['silenceMaxMs']): string[] {
  const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1_000));
  const { inTransaction, always } = silenceMaxMs;
  if (!info.isMariaDB()) return [`wait_timeout = ${seconds(always ?? 60_000)}`];
  const anytime = always === undefined ? [] : [`wait_timeout = ${seconds(always)}`];
  return [`idle_transaction_timeout = ${seconds(inTransaction)}`, ...anytime];
}

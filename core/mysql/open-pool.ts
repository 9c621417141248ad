import type { ConnectionInfo, Pool } from 'mariadb';
import { createBoundedPool } from './bounded-pool.ts';
import type { DatabaseAddress } from './database-url.ts';

export type OpenPoolOptions = {
  /** The most connections. The first one is opened immediately, the others when they are needed. */
  connectionLimit: number;
  /**
   * How long a call may take: waiting for a connection and running the statement together, or each statement on a
   * connection that the caller holds.
   */
  commandTimeoutMs: number;
  /**
   * How long a process may be silent before the server ends its connection and releases its locks. `inTransaction`
   * applies within a transaction. `always`, if set, applies at any other time, so it also ends idle connections of the
   * pool. MySQL has no limit for transactions alone, so there `always` applies at all times, by default a minute. Both
   * limits are rounded to whole seconds.
   */
  silenceMaxMs: { inTransaction: number; always?: number };
};

/** Opens the connections that all of core uses, configured the same way whatever the server's defaults are. */
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
      // This is slightly less than the call's own limit, so that callers get the driver's error, which says why it
      // could not connect.
      acquireTimeout: commandTimeoutMs * 0.9,
      connectTimeout: Math.min(commandTimeoutMs, 1_000),
      // Until `initializationTimeout`, the pool tries to connect every 500 ms. After that it would pause for up to 10 s
      // between attempts, so calls would still fail when the server is back.
      initializationTimeout: 2 ** 31,
      prepareCacheLength: 256,
      // Off, because the driver would send a new statement's PREPARE and EXECUTE together. If the server refuses the
      // PREPARE, the answer to the EXECUTE ends the process with a TypeError.
      pipelining: false,
      // Off, because parameters in error messages would put user ids and code keys into logs.
      logParam: false,
      // With this setting, the driver sends no SET NAMES. A failed SET NAMES would cause an unhandled rejection.
      collation: 'UTF8MB4_BIN',
    },
  });
}

/** The session settings of every connection, whatever the server's defaults are. */
function sessionSetup(
  info: ConnectionInfo,
  commandTimeoutMs: number,
  silenceMaxMs: OpenPoolOptions['silenceMaxMs'],
): string {
  // Slightly shorter than our own limit, so that callers get the server's error, which says why, and so that no
  // statement keeps running after its caller has given up. MySQL limits only SELECTs.
  const limit = info.isMariaDB()
    ? `max_statement_time = ${(commandTimeoutMs * 0.9) / 1_000}`
    : `max_execution_time = ${Math.round(commandTimeoutMs * 0.9)}`;
  const settings = [
    `time_zone = '+00:00'`,
    `sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
    // A batch of claims is read back as one string, which MySQL truncates at 1,024 bytes by default.
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

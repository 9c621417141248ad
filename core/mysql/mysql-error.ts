import { say } from '../messages/message.ts';
import { Fault } from '../runtime/fault.ts';

/** The server's error number, or the driver's (above 45000), however deeply Prisma or a fault wraps it. */
export function mysqlErrno(error: unknown): number | undefined {
  if (error instanceof Fault) return mysqlErrno(error.cause);
  if (!(error instanceof Error)) return undefined;
  const wrapped = original(error);
  if (wrapped !== undefined) return wrapped;
  return 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
}

/**
 * The fault that a database error means for the caller: `unavailable` if the server can't be reached or can't work,
 * `busy` if a wait for a lock timed out. Returns any other error unchanged, because it is either the statement's
 * outcome or our own bug.
 */
export function asMysqlFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const errno = mysqlErrno(error);
  if ((errno !== undefined && isUnavailable(errno)) || prismaCode(error) === expiredTransaction) {
    return new Fault('unavailable', say('mysql_unreachable'), { cause: error });
  }
  if (errno !== undefined && isLockConflict(errno)) {
    return new Fault('busy', say('rows_contended'), { cause: error });
  }
  return error;
}

/** Whether something failed because MySQL can't be reached or can't work. */
export function isMysqlAway(error: unknown): boolean {
  if (!(error instanceof Fault)) return asMysqlFault(error) instanceof Fault;
  return error.code === 'unavailable' && error.cause !== undefined && isMysqlAway(error.cause);
}

/** Whether MySQL refuses this user: its host, its password, or its rights to the database or a table. */
export function isAccessDenied(error: unknown): boolean {
  const errno = mysqlErrno(error);
  return errno !== undefined && [1044, 1045, 1130, 1142, 1698].includes(errno);
}

export const isDeadlock = (errno: number): boolean => errno === 1213;

/** A deadlock, or a lock wait that timed out. The statement was rolled back and may be repeated. */
export const isLockConflict = (errno: number): boolean => isDeadlock(errno) || errno === 1205;

/** The server has as many prepared statements as it allows. It neither prepared nor executed this statement. */
export const isStatementLimit = (errno: number): boolean => errno === 1461;

/** The server has become a standby, or an operator has made it read-only. The statement stored nothing. */
export const isReadOnly = (errno: number): boolean => errno === 1290 || errno === 1792 || errno === 1836;

/**
 * Whether a value in the statement caused the error. Without the row that has this value, the statement can succeed.
 */
export const isDataError = (errno: number): boolean => dataErrors.has(errno);

/**
 * These errors mean a null, duplicate, out-of-range, truncated, wrong or too long value, a foreign key, a check (MySQL:
 * 3819, MariaDB: 4025), JSON (MySQL: 3140, 3141, 3665-3669, 3903-3907, MariaDB: 4037, 4038, 4176), or a trigger's
 * SIGNAL.
 */
const dataErrors = new Set([
  1048, 1062, 1264, 1265, 1292, 1366, 1406, 1411, 1452, 1644, 3140, 3141, 3665, 3666, 3667, 3668, 3669, 3819, 3903,
  3904, 3905, 3906, 3907, 4025, 4037, 4038, 4176,
]);

/**
 * These errors mean a full disk or table, too many connections, access denied, a shutdown, the network, a read-only
 * server, a killed statement, or a statement over the time limit.
 */
const serverErrors = new Set([
  1021, 1030, 1040, 1044, 1045, 1049, 1053, 1114, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1226, 1290, 1317,
  1792, 1836, 1927, 1969, 2002, 2003, 2006, 2013, 3024, 3169,
]);

/**
 * Codes below 0 are the operating system's (refused, reset). Codes above 45000 are the driver's (timeouts, closed
 * sockets).
 */
const isUnavailable = (errno: number): boolean =>
  errno < 0 || (errno > 45_000 && errno < 46_000) || serverErrors.has(errno);

/** Prisma's code for a transaction that could not start in time or ran too long. */
const expiredTransaction = 'P2028';

const prismaCode = (error: unknown): unknown => (isRecord(error) ? error['code'] : undefined);

/**
 * Finds the error number where Prisma keeps it: in the cause of the adapter's error, or, for Prisma's own error, in the
 * adapter's error in `meta`.
 */
function original(error: Error): number | undefined {
  const meta = 'meta' in error && isRecord(error.meta) ? error.meta : {};
  const adapterError = isRecord(meta['driverAdapterError']) ? meta['driverAdapterError'] : error;
  const { cause } = adapterError as { cause?: unknown };
  const code = isRecord(cause) ? Number(cause['originalCode']) : NaN;
  return Number.isInteger(code) ? code : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

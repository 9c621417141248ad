import type { Env } from '../core/settings/env.ts';
import { mysqlConnectionsMax } from '../core/settings/mysql-connections.ts';

/** How many connections a process accepts, and from which addresses. */
export type ConnectionLimits = {
  /** The most connections open at once. */
  max: number;
  /** The most connections from one address that have not completed a request. */
  perAddress: number;
  /** Addresses and networks exempt from `perAddress`. */
  trustedProxies: readonly string[];
  /** How long a connection may take to send its first request while the server is crowded. */
  firstRequestMs: number;
};

export const defaultLimits: ConnectionLimits = {
  max: Infinity,
  perAddress: 256,
  trustedProxies: [],
  firstRequestMs: 5_000,
};

/**
 * The most connections that a process accepts by default. Operators must ask for more, because each connection takes
 * 10-20 KB of memory (measured) and a process answers on one core.
 */
const usualMax = 20_000;
/** With fewer connections, the process couldn't serve anybody. */
const leastMax = 16;
/**
 * The descriptors that an API process uses besides connections and MySQL. An idle process uses 25 (Node itself, the
 * log, the listening socket, two connections to Redis). More are needed for messages and the queue dashboard (Redis),
 * the identity provider's keys, DNS and files being read, and for new connections to Redis while the old ones close.
 */
const ownDescriptors = 64;
/** Connections on `OPS_PORT`: operators, Prometheus, probes. */
export const opsConnectionsMax = 128;

/**
 * Returns how many connections the environment allows a process. Throws if `MAX_CONNECTIONS` leaves too few
 * descriptors, because without free descriptors the process could never reconnect to Redis and MySQL.
 */
export function readConnectionLimits(
  env: Env,
  descriptors = descriptorLimit(),
): Pick<ConnectionLimits, 'max' | 'trustedProxies'> {
  const { maxConnections, trustedProxies, ops } = env;
  // Doubled, because a pool opens new connections while its broken ones are still closing.
  const reserved = ownDescriptors + 2 * mysqlConnectionsMax(env) + (ops === null ? 0 : opsConnectionsMax);
  const room = descriptors - reserved;
  const limits = `the process may open ${descriptors} files (ulimit -n) and reserves ${reserved} for Redis, MySQL and itself`;
  if (room < leastMax) {
    throw new Error(
      `The descriptor limit is too low: ${limits}, which leaves ${Math.max(room, 0)} for connections. Raise it to ` +
        `${reserved + 1_000} or more.`,
    );
  }
  if (maxConnections !== undefined && maxConnections > room) {
    throw new Error(
      `The environment can't be used:\n  MAX_CONNECTIONS: must be at most ${room}: ${limits}. Lower it, or raise the limit.`,
    );
  }
  return { max: maxConnections ?? Math.min(room, usualMax), trustedProxies };
}

/**
 * How many files the process may have open. At startup, Node raises its limit to the system's hard limit (`ulimit
 * -Hn`).
 */
function descriptorLimit(): number {
  // Without this option, a report resolves the host name of every peer.
  const report = Object.assign(process.report, { excludeNetwork: true }).getReport();
  const { userLimits } = report as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = userLimits?.open_files?.soft;
  // Windows has no limit and reports none; other systems may report "unlimited".
  return typeof soft === 'number' ? soft : Infinity;
}

import { lookupConnections } from '../core/events/known-events.ts';
import { parseDatabaseUrl } from '../core/mysql/database-url.ts';
import type { Env } from '../core/settings/env.ts';

/** How many connections a process takes, and from whom. */
export type ConnectionLimits = {
  /** Open at once. */
  max: number;
  /** From one address, connections without a completed request. */
  perAddress: number;
  /** Addresses and networks exempt from `perAddress`. */
  trustedProxies: readonly string[];
  /** While it is crowded: how long a connection may take to send its first request. */
  firstRequestMs: number;
};

export const defaultLimits: ConnectionLimits = {
  max: Infinity,
  perAddress: 256,
  trustedProxies: [],
  firstRequestMs: 5_000,
};

/** Raise it only on request: each takes 10-20 KB of memory (measured), and a process answers on one core. */
const usualMax = 20_000;
/** With fewer, nobody could be served. */
const leastMax = 16;
/**
 * What an API process has open besides connections and MySQL: 25 when idle (Node itself, log, listening socket, Redis
 * twice), plus messages and queue dashboard (Redis), keys of an identity provider, DNS, files that are being read, and
 * Redis's connections once more while the old ones close.
 */
const ownDescriptors = 64;
/** Connections on `OPS_PORT`: people who operate, Prometheus, probes. */
export const opsConnectionsMax = 128;

/**
 * How many connections the environment allows a process. Throws if `MAX_CONNECTIONS` exceeds what the descriptor limit
 * leaves for them: without descriptors the process could never reconnect to Redis and MySQL.
 */
export function readConnectionLimits(
  env: Env,
  descriptors = descriptorLimit(),
): Pick<ConnectionLimits, 'max' | 'trustedProxies'> {
  const { maxConnections, trustedProxies, claimConnections, databaseUrl, ops } = env;
  // Twice: a pool makes new connections while its broken ones are still being closed.
  const pools = (parseDatabaseUrl(databaseUrl).poolMax ?? 10) + claimConnections + lookupConnections;
  const reserved = ownDescriptors + 2 * pools + (ops === null ? 0 : opsConnectionsMax);
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

/** How many files the process may have open; Node raises its limit to the system's (`ulimit -Hn`) when it starts. */
function descriptorLimit(): number {
  // Otherwise a report resolves the name of every peer.
  const report = Object.assign(process.report, { excludeNetwork: true }).getReport();
  const { userLimits } = report as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = userLimits?.open_files?.soft;
  // Windows has no limit, and says nothing; elsewhere it may be "unlimited".
  return typeof soft === 'number' ? soft : Infinity;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions, type StandaloneConnectionOptions } from 'ioredis';
import { StandaloneConnector } from 'ioredis/built/connectors/index.js';
import { findClusterMaster } from './find-cluster-master.ts';
import { findSentinelMaster, newestSentinelMaster } from './find-sentinel-master.ts';
import { addressOf, showHost, type HostPort, type RedisAddress } from './redis-address.ts';

/** How often an idle connection checks that its server is still the primary. Public counts may lag by at most 1 s. */
const watchEveryMs = 500;
const delayStepMs = 50;
/** A connection counts as a success after this many good checks in a row, which take 5 s. */
const steadyLooks = 10;

/** A Redis server, as it describes itself. */
export type RedisServer = {
  /** Stays the same from a server's start to its end. */
  runId: string | undefined;
  /** Identifies the history of the server's data. It changes when the server is promoted. */
  replicationId: string | undefined;
  /** Whether the server was promoted, so that its history continues that of a previous primary. */
  promoted: boolean;
  /** Whether the server has replicas, had any within the last hour (`repl-backlog-ttl`), or was a replica itself. */
  replicated: boolean;
  /** How many replicas are connected and up to date. */
  replicas: number;
  /** The address of the primary that this server copies; null for a primary. */
  replicaOf: string | null;
};

/**
 * Where a primary is. With Sentinels or in a cluster, its address is looked up before every connection attempt. `slot`
 * says which primary of a cluster is meant; `node` is a known node of a cluster, which needs no look-up.
 */
export type PrimaryAt = { address: RedisAddress; slot?: number; node?: HostPort };

export type PrimaryOptions = Omit<RedisOptions, 'Connector' | 'reconnectOnError' | 'replyMapping' | 'retryStrategy'> & {
  /** The longest pause between two connection attempts. */
  delayMaxMs: number;
  /**
   * After this many failed look-ups of the primary's address, the connection attempt fails. Without a limit, look-ups
   * go on for ever.
   */
  lookupsMax?: number;
};

type PrimaryEvents = {
  /** Called when the connected server has described itself as a primary. */
  onPrimary?: (server: RedisServer) => void;
  /** Called when a server turns out to be a replica, or is no longer the primary; its connection is being closed. */
  onReplica?: (reason: string) => void;
  /** Called when a node of a cluster replied that it does not have a key's slot. */
  onRedirect?: () => void;
};

export type PrimaryConnection = {
  client: Redis;
  /**
   * Asks the connected server to describe itself. Throws if the server does not answer. If the server is a replica,
   * disconnects and throws.
   */
  look(this: void): Promise<RedisServer>;
};

/**
 * Opens a connection that only ever leads to a primary. A demoted Redis keeps its connections, so the client has to
 * leave it:
 * - A server that turns out to be a replica while connecting never becomes `ready`, so no command reaches it.
 * - A reply that only a replica gives (READONLY, MASTERDOWN) closes the connection. The command fails and isn't sent
 *   again.
 * - While connected, the server is asked for its role every 500 ms, because an idle connection gets no such reply.
 * - The client leaves a server that the Sentinels have replaced, even if the server still considers itself a primary.
 *
 * The next attempt looks the address up again. While the server is a replica, the pauses grow.
 */
export function openPrimary(
  at: string | RedisAddress | PrimaryAt,
  options: PrimaryOptions,
  events: PrimaryEvents = {},
): PrimaryConnection {
  const { delayMaxMs, lookupsMax = Infinity, ...rest } = options;
  const target = targetOf(at);
  const find = finderFor(target);
  /**
   * How many connections in a row were `ready` but were left soon after that. ioredis's own count restarts at each
   * `ready`.
   */
  let leftInARow = 0;
  let leaving = false;
  let goodLooks = 0;

  const leave = (reason: string): void => {
    if (!leaving) leftInARow += 1;
    leaving = true;
    events.onReplica?.(reason);
  };

  const client = newRedis(target, {
    ...rest,
    // A replica that is loading says when it expects to be done. Don't wait that long, because a failover may be over
    // much earlier.
    maxLoadingRetryTime: 500,
    retryStrategy: (attempt) => Math.min(delayStepMs * Math.max(attempt, leftInARow), delayMaxMs),
    reconnectOnError: (err) => {
      if (isRedirectReply(err)) {
        events.onRedirect?.();
        // This connection serves one slot. If that slot has moved, the address of its new primary has to be looked up.
        return find !== null && /^MOVED /.test(err.message) ? 1 : false;
      }
      if (!isReplicaReply(err)) return false;
      leave('Redis at this address has become a replica');
      // 1 reconnects and rejects the command; 2 would send the command again, to the next server.
      return 1;
    },
    Connector: connectorTo(events, find, { lookupsMax, delayMaxMs }),
  });
  // Without any listener, ioredis would print the error. Owners that report outages add a listener of their own.
  client.on('error', () => undefined);
  client.on('ready', () => {
    leaving = false;
    goodLooks = 0;
  });

  /** Leaves a primary that the Sentinels have replaced, because the primary may not know that yet. */
  const checkAddress = async (): Promise<void> => {
    const { address } = target;
    if (address.topology !== 'sentinel') return;
    const { host = '', port = 0 } = client.options;
    const now = await newestSentinelMaster(address);
    if (now === null || client.status !== 'ready' || showHost(now) === showHost({ host, port })) return;
    leave(`The Sentinels have made ${showHost(now)} the primary, instead of ${showHost({ host, port })}`);
    client.disconnect(true);
  };

  const look = async (): Promise<RedisServer> => {
    // This takes two calls, because several sections in one call need Redis 7.
    const sections = await Promise.all([client.info('server'), client.info('replication')]);
    const server = describeServer(infoFields(sections.join('\r\n')));
    if (server.replicaOf !== null) {
      leave(replicaReason(server.replicaOf));
      client.disconnect(true);
      throw new Error(replicaReason(server.replicaOf));
    }
    events.onPrimary?.(server);
    return server;
  };

  let looking = false;
  const watch = async (): Promise<void> => {
    if (looking || client.status !== 'ready') return;
    looking = true;
    try {
      await Promise.all([look(), checkAddress()]);
      goodLooks += 1;
      if (goodLooks === steadyLooks) leftInARow = 0;
    } catch {
      // This error is expected while the client leaves a replica. Any other error is reported by the commands that need
      // an answer.
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void watch(), watchEveryMs).unref();
  client.on('end', () => clearInterval(timer));

  return { client, look };
}

function targetOf(at: string | RedisAddress | PrimaryAt): PrimaryAt {
  if (typeof at === 'string') return { address: addressOf(at) };
  return 'address' in at ? at : { address: at };
}

/** A function that looks up the primary's address; null if the address is fixed. */
function finderFor({ address, slot = 0, node }: PrimaryAt): (() => Promise<HostPort>) | null {
  switch (address.topology) {
    case 'standalone':
      return null;
    case 'sentinel':
      return () => findSentinelMaster(address);
    case 'cluster':
      return node === undefined ? () => findClusterMaster(address, slot) : null;
  }
}

function newRedis({ address, node }: PrimaryAt, options: Omit<RedisOptions, 'replyMapping'>): Redis {
  const { tls } = address;
  const secured = { ...options, ...(tls !== null && { tls }) };
  if (address.topology === 'standalone') return new Redis(address.url, secured);
  const { username, password } = address.login;
  return new Redis({
    ...secured,
    ...node,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
  });
}

/** Connects as ioredis does, but to the address that `find` returns, and rejects a replica before it is `ready`. */
function connectorTo(
  { onReplica }: PrimaryEvents,
  find: (() => Promise<HostPort>) | null,
  { lookupsMax, delayMaxMs }: { lookupsMax: number; delayMaxMs: number },
): NonNullable<RedisOptions['Connector']> {
  return class extends StandaloneConnector {
    constructor(parsed: unknown) {
      // ioredis passes its own parsed options, but types them as unknown for custom connectors.
      super(parsed as StandaloneConnectionOptions);
    }
    override async connect(report: (type: string, err: Error) => void): ReturnType<StandaloneConnector['connect']> {
      if (find === null) return super.connect(report);
      // An error here would make ioredis give up for ever, so try until the connection is closed.
      this.connecting = true;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const at = await find();
          if (!this.connecting) break;
          Object.assign(this.options, at);
          return await super.connect(report);
        } catch (err) {
          if (attempt >= lookupsMax) throw err;
          report('error', err instanceof Error ? err : new Error(String(err)));
          await sleep(Math.min(delayStepMs * attempt, delayMaxMs));
        }
        if (!this.connecting) break;
      }
      throw new Error('Connection is closed.');
    }
    override check(info: Record<string, string>): boolean {
      const { replicaOf } = describeServer(info);
      if (replicaOf !== null) onReplica?.(replicaReason(replicaOf));
      return replicaOf === null;
    }
  };
}

/**
 * Whether a reply says that the server is a replica. The reply may be inside the error of a script. The command that
 * failed has written nothing.
 */
export const isReplicaReply = (err: unknown): boolean =>
  err instanceof Error && /(?:^|-)(?:READONLY|MASTERDOWN) /.test(err.message);

/**
 * Whether a node of a cluster refused a command because of the key's slot, or because the cluster is incomplete. The
 * node has executed nothing. The command must not be sent elsewhere: a different primary could then decide it, and
 * nobody would notice.
 */
export const isRedirectReply = (err: unknown): boolean =>
  err instanceof Error && /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(err.message);

const replicaReason = (replicaOf: string): string => `Redis at this address is a replica of ${replicaOf}`;

function describeServer(info: Record<string, string>): RedisServer {
  return {
    runId: info['run_id'],
    replicationId: info['master_replid'],
    promoted: /[1-9a-f]/.test(info['master_replid2'] ?? ''),
    // Redis creates its backlog for the first replica, and drops it an hour after the last one left. The replication
    // offset says nothing: since 7.2, it also counts writes to the append-only file.
    replicated: info['repl_backlog_active'] === '1' || Number(info['connected_slaves']) > 0,
    replicas: Object.entries(info).filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'))
      .length,
    replicaOf: info['role'] === 'slave' ? `${info['master_host'] ?? '?'}:${info['master_port'] ?? '?'}` : null,
  };
}

const infoFields = (info: string): Record<string, string> =>
  Object.fromEntries([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));

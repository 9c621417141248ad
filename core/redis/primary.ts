import { Redis, type RedisOptions, type StandaloneConnectionOptions } from 'ioredis';
import { StandaloneConnector } from 'ioredis/built/connectors/index.js';

/** How often an idle connection checks that its server is still the primary. Public counts may lag by 1 s. */
const watchEveryMs = 500;
const delayStepMs = 50;
/** A connection that was good this often in a row counts as a success: 5 s. */
const steadyLooks = 10;

/** A Redis server, as it describes itself. */
export type RedisServer = {
  /** Stays the same from a server's start to its end. */
  runId: string | undefined;
  /** Identifies the history of its data. It changes when the server is promoted. */
  replicationId: string | undefined;
  /** Whether this history goes on from that of another primary: the server was promoted. */
  promoted: boolean;
  /** Whether the server has replicas, or ever had any since its start. */
  replicated: boolean;
  /** How many replicas are connected and up to date. */
  replicas: number;
  /** The address of the primary that this server copies; null for a primary. */
  replicaOf: string | null;
};

export type PrimaryOptions = Omit<RedisOptions, 'Connector' | 'reconnectOnError' | 'replyMapping' | 'retryStrategy'> & {
  /** The longest pause between two connection attempts. */
  delayMaxMs: number;
};

type PrimaryEvents = {
  /** Called when the connected server has described itself as a primary. */
  onPrimary?: (server: RedisServer) => void;
  /** Called when a server turned out to be a replica; its connection is being closed. */
  onReplica?: (reason: string) => void;
};

export type PrimaryConnection = {
  client: Redis;
  /** Asks the connected server to describe itself. If it is a replica or does not answer, leaves it and throws. */
  look(this: void): Promise<RedisServer>;
};

/**
 * Opens a connection that only ever serves a primary. A demoted Redis keeps its connections, so they have to be left:
 * - A server that turns out to be a replica while connecting never becomes `ready`, so no command reaches it.
 * - A reply that only a replica gives (READONLY, MASTERDOWN) closes the connection. The command fails and isn't sent again.
 * - While connected, the server is asked for its role every 500 ms, because an idle connection gets no such reply.
 *
 * The next attempt goes to whatever the address leads to by then, with growing pauses for as long as that is a replica.
 */
export function openPrimary(url: string, options: PrimaryOptions, events: PrimaryEvents = {}): PrimaryConnection {
  const { delayMaxMs, ...rest } = options;
  /** Consecutive connections that were `ready` and had to be left soon. `ready` resets ioredis's own count. */
  let leftInARow = 0;
  let leaving = false;
  let goodLooks = 0;

  const leave = (reason: string): void => {
    if (!leaving) leftInARow += 1;
    leaving = true;
    events.onReplica?.(reason);
  };

  const client = new Redis(url, {
    ...rest,
    // A replica that is loading reports when it expects to be done, which may be long after a failover.
    maxLoadingRetryTime: 500,
    retryStrategy: (attempt) => Math.min(delayStepMs * Math.max(attempt, leftInARow), delayMaxMs),
    reconnectOnError: (err) => {
      if (!isReplicaReply(err)) return false;
      leave('Redis at this address has become a replica');
      // 1 reconnects and rejects the command; 2 would send it to the next server unseen.
      return 1;
    },
    Connector: connectorTo(events),
  });
  // Owners that report outages also listen. Without any listener ioredis would print the error.
  client.on('error', () => undefined);
  client.on('ready', () => {
    leaving = false;
    goodLooks = 0;
  });

  const look = async (): Promise<RedisServer> => {
    // Two calls, because several sections in one call need Redis 7.
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
      await look();
      goodLooks += 1;
      if (goodLooks === steadyLooks) leftInARow = 0;
    } catch {
      // If a replica is being left, the error is expected. Any other error is reported by the commands that need an
      // answer.
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void watch(), watchEveryMs).unref();
  client.on('end', () => clearInterval(timer));

  return { client, look };
}

/** Connects as ioredis does, and rejects a replica before it is `ready`. */
function connectorTo({ onReplica }: PrimaryEvents): NonNullable<RedisOptions['Connector']> {
  return class extends StandaloneConnector {
    constructor(parsed: unknown) {
      // ioredis passes its own parsed options, but types them as unknown for custom connectors.
      super(parsed as StandaloneConnectionOptions);
    }
    override check(info: Record<string, string>): boolean {
      const { replicaOf } = describeServer(info);
      if (replicaOf !== null) onReplica?.(replicaReason(replicaOf));
      return replicaOf === null;
    }
  };
}

/**
 * Whether a reply says that the server is a replica. A script's error may contain the reply of the command that failed.
 * Such a command has written nothing.
 */
export const isReplicaReply = (err: unknown): boolean =>
  err instanceof Error && /(?:^|-)(?:READONLY|MASTERDOWN) /.test(err.message);

const replicaReason = (replicaOf: string): string => `Redis at this address is a replica of ${replicaOf}`;

function describeServer(info: Record<string, string>): RedisServer {
  return {
    runId: info['run_id'],
    replicationId: info['master_replid'],
    promoted: /[1-9a-f]/.test(info['master_replid2'] ?? ''),
    replicated: Number(info['master_repl_offset']) > 0 || Number(info['connected_slaves']) > 0,
    replicas: Object.entries(info).filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'))
      .length,
    replicaOf: info['role'] === 'slave' ? `${info['master_host'] ?? '?'}:${info['master_port'] ?? '?'}` : null,
  };
}

/** The fields of an INFO reply. */
const infoFields = (info: string): Record<string, string> =>
  Object.fromEntries([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));

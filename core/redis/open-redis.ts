import type { Redis } from 'ioredis';
import type { Logger } from '../runtime/log.ts';
import { within } from '../runtime/within.ts';
import { slotOfTag } from './key-slot.ts';
import { queueTag } from './keys.ts';
import { openPrimary, type PrimaryAt, type RedisServer } from './primary.ts';
import { addressOf, showHost, type RedisAddress } from './redis-address.ts';
import { startRedisClock, type RedisClock } from './redis-clock.ts';

/** After this time, a command's outcome is "unknown". The contract allows 2 s for the whole answer. */
const commandTimeoutMs = 1_500;
/**
 * A connection that owes answers and receives nothing for this long is closed. If the network drops its packets, TCP
 * would keep the connection for 15 minutes. This limit is longer than a command's, so that one slow command doesn't cut
 * off the others.
 */
const silenceMs = 1_800;

/** Emitted when the client learns the id of the Redis that it is connected to, and when that id changes. */
export const runIdKnown = 'firstcome:run-id-known';

/**
 * A connection for deciding claims. A command either reaches the primary that is connected now, or fails at once.
 * Nothing is queued while Redis is down, or sent again after a reconnect: otherwise the next Redis process could decide
 * a claim sent to the last one, and nobody would notice (see `runId`).
 */
export type RedisLink = {
  client: Redis;
  /**
   * Identifies the data of the connected primary by its run id and replication id; undefined if no primary is
   * connected. The run id is not enough: a primary that is demoted, gets its data replaced, and is promoted again still
   * has the same run id. The replication id changes with every promotion. It also changes when a first replica is
   * attached, and an hour after the last replica left. Gates are then compared with MySQL once more, which does no
   * harm.
   */
  runId(): string | undefined;
  /** Asks the server for `runId` again; also undefined if the server does not answer. */
  identify(): Promise<string | undefined>;
  /** Why `runId` is undefined, in words for people to read. */
  whyNot(): string;
  /** Earlier ids of the connected primary with the same data, for example from before a first replica was attached. */
  earlierIds(): string[];
  /** Whether the connected primary has replicas, or had any since its start. */
  isReplicated(): boolean;
  /** How many replicas of the connected primary are up to date. */
  replicas(): number;
  /** The server's address, for people to read; empty if it was never connected. */
  where(): string;
  /** This primary's clock. */
  clock: RedisClock;
  /** Waits at most `limitMs` for a connection; resolves to whether there is one. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

/** What a link does besides deciding claims. */
export type LinkOptions = {
  /** Called when the server replies that another server has a command's keys. */
  onRedirect?: () => void;
  /**
   * Makes every server report the same identity, so that a stale replica is trusted after its promotion: the control
   * experiment of `npm run failover`.
   */
  unfenced?: boolean;
};

/** Opens a connection for deciding, which reconnects by itself until it is closed. */
export function openRedis(
  at: string | RedisAddress | PrimaryAt,
  connectionName: string,
  log: Logger,
  { onRedirect = () => undefined, unfenced = false }: LinkOptions = {},
): RedisLink {
  let runId: string | undefined;
  let replicaReason: string | null = null;
  let lastError = '';
  let server: RedisServer | undefined;
  const earlierIds = new Set<string>();

  const complain = (cause: string, fields: { event: string; err?: Error }, message: string): void => {
    if (cause === lastError) return;
    lastError = cause;
    log.warn({ ...fields, connectionName }, message);
  };
  const { client, look } = openPrimary(
    at,
    {
      ...{ connectionName, commandTimeout: commandTimeoutMs, connectTimeout: commandTimeoutMs },
      ...{ socketTimeout: silenceMs, enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
      ...{ maxRetriesPerRequest: 0, delayMaxMs: 500 },
    },
    {
      onPrimary: (described) => {
        const { runId: processId, replicationId = '' } = described;
        if (processId === undefined) return;
        const known = runId;
        runId = unfenced ? 'unfenced' : `${processId}:${replicationId}`;
        server = described;
        if (known === runId) return;
        // A server with a second replication id may have been demoted and promoted again since it was last asked.
        if (known !== undefined && known.startsWith(`${processId}:`) && !described.promoted) earlierIds.add(known);
        else earlierIds.clear();
        [replicaReason, lastError] = [null, ''];
        log.info({ event: 'redis_connected', connectionName, runId }, 'connected to Redis');
        client.emit(runIdKnown);
      },
      onRedirect,
      onReplica: (reason) => {
        [runId, replicaReason] = [undefined, reason];
        complain(reason, { event: 'redis_replica' }, `${reason}; claims get 503 until this address leads to a primary`);
      },
    },
  );

  const clock = startRedisClock(client);
  client.on('ready', () => {
    look().then(
      // Without a run id nothing can be decided, so reconnect.
      ({ runId: processId }) => processId ?? client.disconnect(true),
      () => client.disconnect(true),
    );
  });
  client.on('close', () => {
    runId = undefined;
    server = undefined;
    earlierIds.clear();
  });
  client.on('error', (err: Error) => {
    replicaReason = null;
    const message = 'Redis is unreachable; claims get 503 until it is back';
    complain(err.message, { event: 'redis_error', err }, message);
  });

  return {
    client,
    runId: () => runId,
    identify: async () => {
      if (runId === undefined) return undefined;
      return look().then(
        () => runId,
        () => undefined,
      );
    },
    whyNot: () => replicaReason ?? 'Redis is not connected',
    earlierIds: () => [...earlierIds],
    isReplicated: () => server?.replicated ?? false,
    replicas: () => server?.replicas ?? 0,
    waitForReady: async (limitMs) => runId !== undefined || hearsRunId(client, limitMs),
    where: () => showHost({ host: client.options.host ?? '', port: client.options.port ?? 0 }),
    clock,
    close: () => {
      clock.stop();
      return closeClient(client);
    },
  };
}

async function closeClient(client: Redis): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
  else client.disconnect();
}

/** Whether the client emits `runIdKnown` within `limitMs`. */
async function hearsRunId(client: Redis, limitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const announce = () => resolve(true);
  client.once(runIdKnown, announce);
  return within(limitMs, promise, () => false).finally(() => client.off(runIdKnown, announce));
}

/** The primary that has the job queue. The queue's keys all have one hash tag. */
const queueAt = (address: string | RedisAddress): PrimaryAt => ({
  address: addressOf(address),
  slot: slotOfTag(queueTag),
});

/**
 * Opens the connection for BullMQ's producers. Fails fast, because the sweep does the work of a job that could not be
 * added.
 */
export function openProducerRedis(address: string | RedisAddress): Redis {
  return openPrimary(queueAt(address), {
    connectionName: 'firstcome-jobs',
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    delayMaxMs: 500,
  }).client;
}

/** Opens the connection for BullMQ's workers. Waits for Redis for as long as necessary. */
export function openConsumerRedis(address: string | RedisAddress): Redis {
  return openPrimary(queueAt(address), {
    connectionName: 'firstcome-worker-jobs',
    // A worker that waits for a job gets an answer from Redis within 10 s, even if there is no job.
    socketTimeout: 15_000,
    maxRetriesPerRequest: null,
    delayMaxMs: 1_000,
  }).client;
}

/**
 * A connection for subscriptions. No subscription survives a reconnect: the subscriber has to subscribe again, and so
 * knows when it may have missed messages. In a cluster, every node receives what any other node publishes.
 */
export function openSubscriberRedis(address: string | RedisAddress): Redis {
  const { client } = openPrimary(queueAt(address), {
    connectionName: 'firstcome-messages',
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    delayMaxMs: 500,
  });
  // The connection that decides claims reports the same outage.
  client.on('error', () => undefined);
  return client;
}

/**
 * A connection for tools that inspect a running system, to the primary that keeps an event's keys. Opens when its
 * `connect` is called.
 */
export function openToolRedis(address: string | RedisAddress, eventId?: string): Redis {
  const at = eventId === undefined ? queueAt(address) : { address: addressOf(address), slot: slotOfTag(eventId) };
  return openPrimary(at, {
    connectionName: 'firstcome-tool',
    lookupsMax: 3,
    maxRetriesPerRequest: 3,
    lazyConnect: true,
    delayMaxMs: 500,
  }).client;
}

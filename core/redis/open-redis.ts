import type { Redis } from 'ioredis';
import type { Logger } from '../runtime/log.ts';
import { within } from '../runtime/within.ts';
import { slotOfTag } from './key-slot.ts';
import { queueTag } from './keys.ts';
import { openPrimary, type PrimaryAt, type RedisServer } from './primary.ts';
import { addressOf, showHost, type RedisAddress } from './redis-address.ts';
import { startRedisClock, type RedisClock } from './redis-clock.ts';

/**
 * After this time without an answer the outcome is "unknown". It leaves room to say so within the 2 s that the contract
 * allows.
 */
const commandTimeoutMs = 1_500;
/**
 * A connection that owes answers and sends nothing for this long is closed: behind a black hole TCP would keep it for
 * 15 minutes. It is longer than the limit above, so that one slow command doesn't cut the others off.
 */
const silenceMs = 1_800;

/** Emitted when the client knows the id of the Redis that it is connected to, and whenever that changes. */
export const runIdKnown = 'firstcome:run-id-known';

/**
 * A connection for deciding claims: a command either reaches the primary that is connected now, or fails at once.
 * Nothing is queued while Redis is away, and nothing is sent again after a reconnect. A claim that was sent to one
 * Redis process must not be decided by the next one unseen (see `runId`).
 */
export type RedisLink = {
  client: Redis;
  /**
   * Identifies the data of the connected primary by its run id and replication id; undefined if there is none. The run
   * id is not enough: a demoted primary keeps it, gets its data replaced, and can be promoted again. The replication id
   * changes with every promotion. It also changes when a first replica is attached, and an hour after the last one
   * left; then gates are compared with MySQL once more, which does no harm.
   */
  runId(): string | undefined;
  /** The same, read again; also undefined if there is no answer. */
  identify(): Promise<string | undefined>;
  /** For people: why `runId` is undefined. */
  whyNot(): string;
  /**
   * Ids that the connected primary had before, and since when it was watched all the time without being demoted: its
   * data is the same. So it is when a first replica is attached.
   */
  earlierIds(): string[];
  /** Whether the connected primary has replicas, or had any since its start. */
  isReplicated(): boolean;
  /** How many replicas of the connected primary are up to date. */
  replicas(): number;
  /** For people: the address of the server; empty while there was none yet. */
  where(): string;
  /** This master's clock. */
  clock: RedisClock;
  /** Waits at most `limitMs` for a connection; resolves to whether there is one. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

/** What a link does besides deciding. */
export type LinkOptions = {
  /** Called when the server says that another one has the keys. */
  onRedirect?: () => void;
  /**
   * Gives every server the same identity, so that a stale replica is trusted after its promotion: the control of
   * `npm run failover`.
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
        // A server that was demoted and promoted again since the last look has a second replication id.
        if (known !== undefined && known.startsWith(`${processId}:`) && !described.promoted) earlierIds.add(known);
        else earlierIds.clear();
        [replicaReason, lastError] = [null, ''];
        log.info({ event: 'redis_connected', connectionName, runId }, 'connected to Redis');
        client.emit(runIdKnown);
      },
      onRedirect,
      onReplica: (reason) => {
        [runId, replicaReason] = [undefined, reason];
        complain(
          reason,
          { event: 'redis_replica' },
          `${reason}; claims answer 503 until this address leads to a primary`,
        );
      },
    },
  );

  const clock = startRedisClock(client);
  client.on('ready', () => {
    look().then(
      // Without the run id nothing can be decided, so start over.
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
    const message = 'Redis is unreachable; claims answer 503 until it is back';
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

/** Closes the connection, with QUIT if Redis is there. */
async function closeClient(client: Redis): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
  else client.disconnect();
}

/** Whether a client emits within `limitMs` that it knows its Redis. */
async function hearsRunId(client: Redis, limitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const announce = () => resolve(true);
  client.once(runIdKnown, announce);
  return within(limitMs, promise, () => false).finally(() => client.off(runIdKnown, announce));
}

/** The master that keeps the job queue. All its keys have one hash tag. */
const queueAt = (address: string | RedisAddress): PrimaryAt => ({
  address: addressOf(address),
  slot: slotOfTag(queueTag),
});

/** Options for BullMQ's producers: fail fast, because the sweep makes up for a failed request. */
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

/** Options for BullMQ's workers: wait for Redis as long as it takes. */
export function openConsumerRedis(address: string | RedisAddress): Redis {
  return openPrimary(queueAt(address), {
    connectionName: 'firstcome-worker-jobs',
    // A worker that waits for a job gets an answer within 10 s.
    socketTimeout: 15_000,
    maxRetriesPerRequest: null,
    delayMaxMs: 1_000,
  }).client;
}

/**
 * A connection for subscriptions. None survives a reconnect: the subscriber subscribes again, and so knows when
 * messages may have been missed. In a cluster any node hears what is published on any other.
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
  // The claim connection reports the same outage.
  client.on('error', () => undefined);
  return client;
}

/**
 * A connection for tools that inspect a running system, to the master that keeps an event's keys. It opens when its
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

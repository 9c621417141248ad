import type { Redis } from 'ioredis';
import type { Logger } from '../runtime/log.ts';
import { within } from '../runtime/within.ts';
import { openPrimary } from './primary.ts';

/** No answer within this time is "unknown": it leaves room to say so within the 2 s that the contract allows. */
const commandTimeoutMs = 1_500;
/**
 * A connection that owes answers and sends nothing for this long is given up: behind a black hole TCP would keep it for
 * a quarter of an hour. Longer than the above, so that one slow command alone doesn't cut the others off.
 */
const silenceMs = 1_800;

/** What the client emits when it knows the run_id of the Redis that it is connected to. */
export const runIdKnown = 'firstcome:run-id-known';

/**
 * A connection for deciding: a command either reaches the primary that is connected now, or fails at once. Nothing is
 * queued while Redis is away and nothing is sent again after a reconnect, because a claim that was sent to one Redis
 * process must not be decided by the next one unseen (see `runId`).
 */
export type RedisLink = {
  client: Redis;
  /**
   * Which data the connected primary has: its run_id and its replication id; undefined while there is none. The run_id
   * alone is not enough: a primary that was demoted keeps it, has its data replaced by that of another, and can be promoted
   * again. The replication id changes with every promotion. It also changes when a first replica is attached, and an hour
   * after the last one left; then gates are compared with MySQL once more, which does no harm.
   */
  runId(): string | undefined;
  /** The same, asked afresh; undefined too when there is no answer. */
  identify(): Promise<string | undefined>;
  /** Why `runId` is undefined, for people. */
  whyNot(): string;
  /** Waits for a connection, at most `limitMs`; resolves to whether there is one. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

export function openRedis(url: string, connectionName: string, log: Logger): RedisLink {
  let runId: string | undefined;
  let replicaReason: string | null = null;
  let lastError = '';

  const complain = (cause: string, fields: { event: string; err?: Error }, message: string): void => {
    if (cause === lastError) return;
    lastError = cause;
    log.warn({ ...fields, connectionName }, message);
  };
  const { client, look } = openPrimary(
    url,
    {
      ...{ connectionName, commandTimeout: commandTimeoutMs, connectTimeout: commandTimeoutMs },
      ...{ socketTimeout: silenceMs, enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
      ...{ maxRetriesPerRequest: 0, delayMaxMs: 500 },
    },
    {
      onPrimary: ({ runId: processId, replicationId = '' }) => {
        if (processId === undefined) return;
        const known = runId;
        runId = `${processId}:${replicationId}`;
        if (known === runId) return;
        [replicaReason, lastError] = [null, ''];
        log.info({ event: 'redis_connected', connectionName, runId }, 'connected to Redis');
        if (known === undefined) client.emit(runIdKnown);
      },
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

  client.on('ready', () => {
    look().then(
      // Without the run_id nothing can be decided, so begin again.
      ({ runId: processId }) => processId ?? client.disconnect(true),
      () => client.disconnect(true),
    );
  });
  client.on('close', () => {
    runId = undefined;
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
    waitForReady: async (limitMs) => {
      if (runId !== undefined) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const announce = () => resolve(true);
      client.once(runIdKnown, announce);
      return within(limitMs, promise, () => false).finally(() => client.off(runIdKnown, announce));
    },
    close: async () => {
      if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
      else client.disconnect();
    },
  };
}

/** Options for BullMQ's producers: fail fast, because an ask that can't be made now is made by the sweep later. */
export function openProducerRedis(url: string): Redis {
  return openPrimary(url, {
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
export function openConsumerRedis(url: string): Redis {
  return openPrimary(url, {
    connectionName: 'firstcome-worker-jobs',
    // A worker that waits for a job has an answer after 10 s at the latest.
    socketTimeout: 15_000,
    maxRetriesPerRequest: null,
    delayMaxMs: 1_000,
  }).client;
}

/**
 * A connection for listening to messages. Nothing of it survives a reconnect: who listens subscribes again, so as to know
 * when messages may have been missed.
 */
export function openSubscriberRedis(url: string): Redis {
  const { client } = openPrimary(url, {
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
  // The connection for deciding reports the same outage.
  client.on('error', () => undefined);
  return client;
}

/** A connection for tools that look at a running system. It is not open until its `connect` is called. */
export function openToolRedis(url: string): Redis {
  return openPrimary(url, {
    connectionName: 'firstcome-tool',
    maxRetriesPerRequest: 3,
    lazyConnect: true,
    delayMaxMs: 500,
  }).client;
}

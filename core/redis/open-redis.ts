import { Redis } from 'ioredis';
import type { Logger } from '../log.ts';

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
 * A connection for deciding: a command either reaches the Redis that is connected now, or fails at once. Nothing is
 * queued while Redis is away and nothing is sent again after a reconnect, because a claim that was sent to one Redis
 * process must not be decided by the next one unseen (see `runId`).
 */
export type RedisLink = {
  client: Redis;
  /** The run_id of the connected Redis process; undefined while there is none. */
  runId(): string | undefined;
  /** Waits for a connection, at most `limitMs`; resolves to whether there is one. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

export function openRedis(url: string, connectionName: string, log: Logger): RedisLink {
  const client = new Redis(url, {
    connectionName,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
  });
  let runId: string | undefined;
  let lastError = '';

  client.on('ready', () => {
    client.info('server').then(
      (info) => {
        runId = /^run_id:(\w+)/m.exec(info)?.[1];
        lastError = '';
        log.info({ event: 'redis_connected', connectionName, runId }, 'connected to Redis');
        client.emit(runIdKnown);
      },
      // Without the run_id nothing can be decided, so begin again.
      () => client.disconnect(true),
    );
  });
  client.on('close', () => {
    runId = undefined;
  });
  client.on('error', (err: Error) => {
    if (err.message === lastError) return;
    lastError = err.message;
    log.warn({ event: 'redis_error', connectionName, err }, 'Redis is unreachable; claims answer 503 until it is back');
  });

  return {
    client,
    runId: () => runId,
    waitForReady: async (limitMs) => {
      if (runId !== undefined) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const announce = () => resolve(true);
      client.once(runIdKnown, announce);
      const timer = setTimeout(() => resolve(false), limitMs);
      return promise.finally(() => {
        clearTimeout(timer);
        client.off(runIdKnown, announce);
      });
    },
    close: async () => {
      if (client.status === 'ready') await client.quit().catch(() => client.disconnect());
      else client.disconnect();
    },
  };
}

/** Options for BullMQ's producers: fail fast, because an ask that can't be made now is made by the sweep later. */
export function openProducerRedis(url: string): Redis {
  return new Redis(url, {
    connectionName: 'firstcome-jobs',
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
  });
}

/** Options for BullMQ's workers: wait for Redis as long as it takes. */
export function openConsumerRedis(url: string): Redis {
  return new Redis(url, {
    connectionName: 'firstcome-worker-jobs',
    // A worker that waits for a job has an answer after 10 s at the latest.
    socketTimeout: 15_000,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
  });
}

/**
 * A connection for listening to messages. Nothing of it survives a reconnect: who listens subscribes again, so as to know
 * when messages may have been missed.
 */
export function openSubscriberRedis(url: string): Redis {
  const client = new Redis(url, {
    connectionName: 'firstcome-messages',
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
  });
  // The connection for deciding reports the same outage.
  client.on('error', () => undefined);
  return client;
}

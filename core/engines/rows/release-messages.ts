import type { Redis } from 'ioredis';
import { lockReleasedChannel } from '../../redis/keys.ts';

/** Reports when any process releases a lock. */
export type ReleaseMessages = {
  /**
   * Calls `wake` at every release of an event's lock, and whenever the subscription begins, including after an outage,
   * because messages may have been missed. An event has at most one listener. Returns a function that stops listening.
   */
  listen(eventId: string, wake: () => void): () => void;
  /** Stops all listening. */
  close(): void;
};

/** How often a process pings Redis. The process sends one ping, however many calls wait. */
const checkEveryMs = 2_000;

/**
 * Reads Redis's pub/sub over its own connection, which the first listener opens. A lost connection loses messages, so a
 * listener needs a fallback. The connection is pinged while anybody listens; otherwise nothing would notice that the
 * network drops packets.
 */
export function createReleaseMessages(openSubscriber: () => Redis): ReleaseMessages {
  const wakes = new Map<string, () => void>();
  let subscriber: Redis | undefined;
  let check: NodeJS.Timeout | undefined;

  const subscribe = (redis: Redis, channel: string): void => {
    // Fails while there is no connection; the `ready` handler subscribes again.
    redis.subscribe(channel).then(
      () => wakes.get(channel)?.(),
      () => undefined,
    );
  };

  const open = (): Redis => {
    const redis = openSubscriber();
    redis.on('ready', () => {
      for (const channel of wakes.keys()) subscribe(redis, channel);
    });
    redis.on('message', (channel) => wakes.get(channel)?.());
    check = setInterval(() => {
      // If Redis does not answer, the client replaces the connection.
      if (wakes.size > 0) redis.ping().catch(() => undefined);
    }, checkEveryMs).unref();
    return redis;
  };

  return {
    listen: (eventId, wake) => {
      const redis = (subscriber ??= open());
      const channel = lockReleasedChannel(eventId);
      wakes.set(channel, wake);
      subscribe(redis, channel);
      return () => {
        wakes.delete(channel);
        redis.unsubscribe(channel).catch(() => undefined);
      };
    },
    close: () => {
      clearInterval(check);
      wakes.clear();
      subscriber?.disconnect();
    },
  };
}

import type { Redis } from 'ioredis';
import { lockReleasedChannel } from '../../redis/keys.ts';

/** Tells when locks are released, by whichever process. */
export type ReleaseMessages = {
  /**
   * Calls `wake` with every release of an event's lock, and once when the listening begins, also after an outage: what
   * was told before that was missed. At most one listener an event. Returns how to stop.
   */
  listen(eventId: string, wake: () => void): () => void;
  /** Nobody hears anything any more. */
  close(): void;
};

/** Seldom enough to cost nothing: one command a process, however many wait. */
const checkEveryMs = 2_000;

/**
 * Redis's pub/sub, over a connection of its own that is opened when somebody first listens. Its messages can be lost with
 * a connection: a listener needs a net. While somebody listens the connection is asked for a sign of life, because one
 * that only listens would not notice a black hole.
 */
export function createReleaseMessages(openSubscriber: () => Redis): ReleaseMessages {
  const wakes = new Map<string, () => void>();
  let subscriber: Redis | undefined;
  let check: NodeJS.Timeout | undefined;

  const subscribe = (redis: Redis, channel: string): void => {
    // While there is no connection this fails; `ready` comes back to it.
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
      // No answer makes it cut the connection and make another.
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

import type { RedisLink } from './open-redis.ts';
import type { RedisAddress } from './redis-address.ts';

/**
 * The connections that decide claims: one fail-fast link to each primary. All keys of an event are on one primary. With
 * a single server, every event has the same link.
 */
export type RedisLinks = {
  readonly topology: RedisAddress['topology'];
  /**
   * The link to the primary that keeps this event's keys. After a failover or a move of the slot, this returns a
   * different link, so code that compares a run id and then writes must use the same link for both.
   */
  of(eventId: string): RedisLink;
  /** The link for keys that belong to no event. */
  readonly system: RedisLink;
  /** One link for each primary. Empty until a cluster has first been reached. */
  all(): readonly RedisLink[];
  /** What is missing, in words for people to read; null if every key has a primary that is connected. */
  missing(): string | null;
  /** Calls `listener` whenever a link loses its connection. Returns a function that stops these calls. */
  onClose(listener: () => void): () => void;
  /** Waits at most `limitMs` for a connection to every primary; resolves to whether all are connected. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

/** Wraps a single link, which has all keys. */
export function singleLink(link: RedisLink, topology: RedisAddress['topology'] = 'standalone'): RedisLinks {
  const links = [link];
  return {
    topology,
    of: () => link,
    system: link,
    all: () => links,
    missing: () => (link.runId() === undefined ? link.whyNot() : null),
    onClose: (listener) => {
      link.client.on('close', listener);
      return () => void link.client.off('close', listener);
    },
    waitForReady: (limitMs) => link.waitForReady(limitMs),
    close: () => link.close(),
  };
}

import type { RedisLink } from './open-redis.ts';

/**
 * The connections that decide claims: one fail-fast link to each master. An event's keys all have one master. With a
 * single server every event has the same link.
 */
export type RedisLinks = {
  /**
   * The link to the master that keeps this event's keys. A failover or a moved slot gives an event another link, so code
   * that compares a run id and then writes must use the same link for both.
   */
  of(eventId: string): RedisLink;
  /** The link for keys that belong to no event. */
  readonly system: RedisLink;
  /** One link for each master. */
  all(): readonly RedisLink[];
  /** Calls `listener` whenever a link loses its connection. Returns a function that stops that. */
  onClose(listener: () => void): () => void;
  /** Waits at most `limitMs` for a connection to every master; resolves to whether there is one. */
  waitForReady(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
};

/** The links of a single server. */
export function singleLink(link: RedisLink): RedisLinks {
  const links = [link];
  return {
    of: () => link,
    system: link,
    all: () => links,
    onClose: (listener) => {
      link.client.on('close', listener);
      return () => void link.client.off('close', listener);
    },
    waitForReady: (limitMs) => link.waitForReady(limitMs),
    close: () => link.close(),
  };
}

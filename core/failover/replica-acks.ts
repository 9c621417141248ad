import { say } from '../messages/message.ts';
import { gateKey } from '../redis/keys.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import { loadScript } from '../redis/script.ts';
import { Fault } from '../runtime/fault.ts';

const touchGateScript = loadScript(new URL('./lua/touch-gate.lua', import.meta.url));

/** Replicas in the same data centre acknowledge within about a millisecond. */
const acksWithinMs = 200;

/** Makes an answer wait until replicas have the data that the answer is based on (`REDIS_REPLICA_ACKS`). */
export type ReplicaAcks = {
  /** How many replicas must have the data. With 0, no answer waits. */
  readonly wanted: number;
  /**
   * Waits until enough replicas have what the link's connection wrote last. Throws `unavailable` if too few replicas
   * acknowledge it in time.
   */
  ofWrites(link: RedisLink): Promise<void>;
  /**
   * Waits until enough replicas have everything that the link's primary has now. Throws `unavailable` if too few
   * replicas acknowledge it in time.
   */
  ofAll(link: RedisLink, eventId: string): Promise<void>;
};

/** `missing` is called whenever too few replicas acknowledge a write. */
export function createReplicaAcks(wanted: number, missing: (acked: number) => void = () => undefined): ReplicaAcks {
  /**
   * For each link, the wait that is about to begin. Several calls share the wait; `eventIds` are the events of these
   * calls.
   */
  const shared = new Map<RedisLink, { eventIds: Set<string>; done: Promise<void> }>();

  const ofWrites = async ({ client }: RedisLink): Promise<void> => {
    const acked = await client.wait(wanted, acksWithinMs);
    if (acked >= wanted) return;
    missing(acked);
    throw new Fault('unavailable', say('replicas_short', { acked, wanted }));
  };

  // In Redis 7.2 and later, WAIT waits only for what its own connection wrote, so something has to be written first.
  // Nothing is written for an event that has no gate, so write to the gates of all waiting events.
  const ofAllNow = async (link: RedisLink, eventIds: Iterable<string>): Promise<void> => {
    await Promise.all([...eventIds].map((eventId) => touchGateScript(link.client, [gateKey(eventId)], [])));
    await ofWrites(link);
  };

  return {
    wanted,
    ofWrites,
    ofAll: (link, eventId) => {
      const waiting = shared.get(link);
      if (waiting !== undefined) {
        waiting.eventIds.add(eventId);
        return waiting.done;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const eventIds = new Set([eventId]);
      shared.set(link, { eventIds, done: promise });
      setImmediate(() => {
        // A call that arrives from now on may have seen newer data, so it needs the next wait.
        shared.delete(link);
        ofAllNow(link, eventIds).then(resolve, reject);
      });
      return promise;
    },
  };
}

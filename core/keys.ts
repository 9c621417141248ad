/** Every Redis key of Firstcome is made here. One hash tag an event, so that all keys of an event share a slot. */

/** The hash that decides an event's claims. */
export const gateKey = (eventId: string): string => `fc:{${eventId}}:gate`;

/** The keys of one round, in the order in which the scripts take them. */
export function roundKeys(eventId: string, round: number) {
  return {
    gate: gateKey(eventId),
    /** Hash: user -> `serial:claimedAtMs`. */
    winners: `fc:{${eventId}}:${round}:winners`,
    /** Stream: one entry for each decided batch. */
    outbox: `fc:{${eventId}}:${round}:outbox`,
    /** Hash: user -> reason, for claims that MySQL could not take and that were set aside. */
    setAside: `fc:{${eventId}}:${round}:set-aside`,
  };
}

/** When a worker was last alive, in ms of Redis's clock. */
export const heartbeatKey = 'fc:worker:heartbeat';

/** When a sweep last ended, in ms of Redis's clock. */
export const sweptKey = 'fc:worker:swept';

/** BullMQ's prefix, hash-tagged so that a queue's keys share a slot. */
export const queuePrefix = '{fc}';

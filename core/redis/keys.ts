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
    /** Hash: number -> `claimedAtMs:deadlineMs:holder`, for units that are being written to MySQL. */
    attempts: `fc:{${eventId}}:${round}:attempts`,
    /** Hash: holder -> number, the other way round. */
    holders: `fc:{${eventId}}:${round}:holders`,
    /** Sorted set: numbers that came back and are given again before any new one. */
    returned: `fc:{${eventId}}:${round}:returned`,
    /** Set: numbers that were given again, whose claims may be younger than those with higher serials. */
    regiven: `fc:{${eventId}}:${round}:regiven`,
  };
}

/** An event's lock: the token of who decides its claims now. Gone when nobody does. */
export const lockKey = (eventId: string): string => `fc:{${eventId}}:lock`;

/** The channel on which the releases of an event's lock are told. */
export const lockReleasedChannel = (eventId: string): string => `fc:{${eventId}}:lock-released`;

/** When a worker was last alive, in ms of Redis's clock. */
export const heartbeatKey = 'fc:worker:heartbeat';

/** How far the clock of the worker that was alive last is ahead of Redis's, in ms. */
export const workerClockKey = 'fc:worker:clock';

/** When a sweep last ended, in ms of Redis's clock. */
export const sweptKey = 'fc:worker:swept';

/** Hash: what happened in a sale and was logged -> when, so that of several workers one logs it. */
export const toldKey = 'fc:worker:told';

/** BullMQ's prefix, hash-tagged so that a queue's keys share a slot. */
export const queuePrefix = '{fc}';

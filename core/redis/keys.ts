/** All Redis keys are built here. All keys of an event have its id as their hash tag, so they share a slot. */

/** The hash that decides an event's claims. */
export const gateKey = (eventId: string): string => `fc:{${eventId}}:gate`;

/** One round's keys, in the order in which the scripts take them. */
export function roundKeys(eventId: string, round: number) {
  return {
    gate: gateKey(eventId),
    /** Hash: user to `serial:claimedAtMs`. */
    winners: `fc:{${eventId}}:${round}:winners`,
    /** Stream: one entry for each decided batch. */
    outbox: `fc:{${eventId}}:${round}:outbox`,
    /** Hash: user to reason, for claims that MySQL could not store and that were set aside. */
    setAside: `fc:{${eventId}}:${round}:set-aside`,
    /** Hash: number to `claimedAtMs:deadlineMs:holder`, for units that are being written to MySQL. */
    attempts: `fc:{${eventId}}:${round}:attempts`,
    /** Hash: holder to number, the reverse of `attempts`. */
    holders: `fc:{${eventId}}:${round}:holders`,
    /** Sorted set: returned numbers, which are given out before any new one. */
    returned: `fc:{${eventId}}:${round}:returned`,
    /** Set: numbers that were given out again. Their claims may be younger than claims with higher serials. */
    regiven: `fc:{${eventId}}:${round}:regiven`,
  };
}

/** The key of an event's lock. It holds the token of the lock's holder, and is missing while the lock is free. */
export const lockKey = (eventId: string): string => `fc:{${eventId}}:lock`;

/** The channel that announces releases of an event's lock. */
export const lockReleasedChannel = (eventId: string): string => `fc:{${eventId}}:lock-released`;

/**
 * The keys that count the tries of an event's users: the tries themselves, and what each process counted last. They
 * expire one window's length after the last try.
 */
export const triesKeys = (eventId: string) => ({
  tries: `fc:{${eventId}}:tries`,
  counted: `fc:{${eventId}}:tries-counted`,
});

/** The hash tag of keys that belong to no event, so that they share a slot. No event's id begins with a dot. */
export const systemTag = '.worker';

/** When a worker was last alive, in ms by Redis's clock. */
export const heartbeatKey = `fc:{${systemTag}}:heartbeat`;

/** How far the most recently seen worker's clock is ahead of Redis's, in ms. */
export const workerClockKey = `fc:{${systemTag}}:clock`;

/** When a sweep last finished, in ms by Redis's clock. */
export const sweptKey = `fc:{${systemTag}}:swept`;

/** Hash: what was logged about a sale -> when it was logged. This way, only one of several workers logs each item. */
export const toldKey = `fc:{${systemTag}}:told`;

/** Hash: process -> when it was last alive, in ms by Redis's clock; 'left' once it has shut down cleanly. */
export const processesKey = `fc:{${systemTag}}:processes`;

/** Hash: process -> what it has promised, as JSON. */
export const promisesKey = `fc:{${systemTag}}:promised`;

/**
 * When a process last saw that this Redis has replicas, in ms by Redis's clock. Earlier versions wrote the key
 * `replicated`, which is no longer read, because those versions assumed that every Redis from 7.2 on has replicas.
 */
export const replicatedKey = `fc:{${systemTag}}:has-replicas`;

/** BullMQ's prefix, hash-tagged so that a queue's keys share a slot. */
export const queueTag = 'fc';
export const queuePrefix = `{${queueTag}}`;

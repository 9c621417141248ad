import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWrongType } from '../../gate/gate.ts';
import { lockKey } from '../../redis/keys.ts';
import type { RedisLink } from '../../redis/open-redis.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Logger } from '../../runtime/log.ts';
import { acquireLock, releaseLock, renewLock } from './lock-scripts.ts';

/** An event's lock in this process's hands. It is renewed until it is given up, in one way or the other. */
export type Holding = {
  kind: 'held';
  /** False when the lock is lost, or may be before a commit that begins now has ended. */
  stillMine(): boolean;
  /** Gives it up at once; others are told. Never throws: what can't be told to Redis, the end of the lease does. */
  release(): void;
  /** Gives it up at the end of its lease, because nobody knows whether the work is still going on. */
  leave(): void;
  /** Resolves when it is given up, and Redis told of it, if Redis answers. */
  ended: Promise<void>;
};

/** Another holding has the lock, for that much longer if it does not renew it. */
export type Taken = { kind: 'taken'; leaseLeftMs: number };

export type EventLock = {
  /**
   * Tries once to take the lock of an event; every holding has a token of its own, in this process too. Throws
   * `unavailable`, at once where Redis is away; nothing is held then.
   */
  tryAcquire(eventId: string): Promise<Holding | Taken>;
  /** Takes nothing any more, and resolves when all that is held has ended. */
  close(): Promise<void>;
};

export type EventLockOptions = {
  redis: RedisLink;
  log: Logger;
  /** How long a lock outlives a holder that died. */
  leaseMs: number;
};

/** Renewals a lease: one may be lost, or late by a third of it. */
const renewalsPerLease = 3;
/** The part of the lease that is kept for the commit: 300 ms of the usual 3 s; a commit takes some ms. */
const commitPart = 1 / 10;
/** How long after a release that Redis did not hear it is told again. The link may not know yet that it is cut. */
const wakeAgainMs = 100;

/**
 * Locks of events, kept by one Redis: what they guard must bear two holders, because a lease can end before the work (a
 * process that hangs, a Redis that lost its data). Nothing here waits; see `lock-queue.ts` and `spin-for-lock.ts`.
 */
export function createEventLock({ redis, log, leaseMs }: EventLockOptions): EventLock {
  /** Tries and holdings that have not ended. */
  const inHand = new Set<Promise<unknown>>();
  let closing = false;

  return {
    tryAcquire: (eventId) => track(tryAcquire(eventId)),
    close: async () => {
      closing = true;
      while (inHand.size > 0) await Promise.allSettled(inHand);
    },
  };

  async function tryAcquire(eventId: string): Promise<Holding | Taken> {
    if (closing) throw new Fault('unavailable', 'This process is stopping: nothing was decided. Try again.');
    if (redis.runId() === undefined) {
      throw new Fault('unavailable', 'Redis is unreachable: nothing was decided. Try again shortly.');
    }
    const token = randomUUID();
    // From before it is sent: Redis's lease begins later than ours, never earlier.
    const sentAtMs = performance.now();
    try {
      const reply = await acquireLock(redis.client, eventId, token, leaseMs);
      return reply.kind === 'taken' ? reply : hold(eventId, token, sentAtMs + leaseMs);
    } catch (err) {
      if (isWrongType(err)) throw blocked(eventId, err);
      // Perhaps only the answer is lost.
      void track(giveBack(eventId, token));
      throw new Fault('unavailable', 'Redis did not answer in time: nothing was decided. Try again shortly.', {
        cause: err,
      });
    }
  }

  function hold(eventId: string, token: string, firstLeaseEndsAtMs: number): Holding {
    let leaseEndsAtMs = firstLeaseEndsAtMs;
    let state: 'mine' | 'lost' | 'given up' = 'mine';
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();

    const renew = async (): Promise<void> => {
      const sentAtMs = performance.now();
      // What fails is tried again by the next one; `stillMine` knows when it is too late for that.
      const reply = await renewLock(redis.client, eventId, token, leaseMs).catch(() => 'unanswered' as const);
      if (reply === 'renewed') leaseEndsAtMs = sentAtMs + leaseMs;
      // One that was under way when the lock was given up finds it gone, as it should.
      if (reply === 'lost' && state === 'mine') lose();
    };
    const lose = (): void => {
      state = 'lost';
      clearInterval(renewal);
      log.warn(
        { event: 'lock_lost', eventId, leaseMs },
        'the lease of a lock ended before the work; it is rolled back',
      );
    };
    const giveUp = (): void => {
      state = 'given up';
      clearInterval(renewal);
    };
    const renewal = setInterval(() => void renew(), leaseMs / renewalsPerLease).unref();

    void track(ended);
    return {
      kind: 'held',
      stillMine: () => state === 'mine' && performance.now() < leaseEndsAtMs - leaseMs * commitPart,
      release: () => {
        giveUp();
        void giveBack(eventId, token).then(end);
      },
      leave: () => {
        giveUp();
        end();
      },
      ended,
    };
  }

  /** Resolves after the first try to tell Redis. After an outage it is told again, where that is sooner than the lease. */
  async function giveBack(eventId: string, token: string): Promise<void> {
    try {
      await releaseLock(redis.client, eventId, token);
    } catch (err) {
      log.info(
        { event: 'lock_not_released', eventId, err },
        'Redis did not hear that a lock is free; its lease ends it',
      );
      // A process that stops doesn't wait for Redis to come back.
      if (!closing) void giveBackLater(eventId, token);
    }
  }

  async function giveBackLater(eventId: string, token: string): Promise<void> {
    const leaseEndsAtMs = performance.now() + leaseMs;
    for (let told = false; !told && performance.now() < leaseEndsAtMs;) {
      await sleep(wakeAgainMs, undefined, { ref: false });
      if (closing || !(await redis.waitForReady(leaseEndsAtMs - performance.now()))) return;
      told = await releaseLock(redis.client, eventId, token).then(
        () => true,
        () => false,
      );
    }
  }

  function track<T>(work: Promise<T>): Promise<T> {
    inHand.add(work);
    const forget = (): void => void inHand.delete(work);
    work.then(forget, forget);
    return work;
  }
}

const blocked = (eventId: string, cause: unknown): Fault =>
  new Fault(
    'unavailable',
    `Event ${eventId} is stopped: somebody else wrote to ${lockKey(eventId)}. Delete that key and try again.`,
    { cause },
  );

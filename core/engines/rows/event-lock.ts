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
export const createEventLock = (options: EventLockOptions): EventLock => new RedisEventLock(options);

class RedisEventLock implements EventLock {
  readonly #options: EventLockOptions;
  /** Tries and holdings that have not ended. */
  readonly #inHand = new Set<Promise<unknown>>();
  #closing = false;

  constructor(options: EventLockOptions) {
    this.#options = options;
  }

  tryAcquire(eventId: string): Promise<Holding | Taken> {
    return this.#track(this.#try(eventId));
  }

  async close(): Promise<void> {
    this.#closing = true;
    while (this.#inHand.size > 0) await Promise.allSettled(this.#inHand);
  }

  async #try(eventId: string): Promise<Holding | Taken> {
    const { redis, leaseMs } = this.#options;
    if (this.#closing) throw new Fault('unavailable', 'This process is stopping: nothing was decided. Try again.');
    if (redis.runId() === undefined) {
      throw new Fault('unavailable', 'Redis is unreachable: nothing was decided. Try again shortly.');
    }
    const token = randomUUID();
    // From before it is sent: Redis's lease begins later than ours, never earlier.
    const sentAtMs = performance.now();
    try {
      const reply = await acquireLock(redis.client, eventId, token, leaseMs);
      return reply.kind === 'taken' ? reply : this.#hold(eventId, token, sentAtMs + leaseMs);
    } catch (err) {
      if (isWrongType(err)) throw blocked(eventId, err);
      // Perhaps only the answer is lost.
      void this.#track(this.#giveBack(eventId, token));
      throw new Fault('unavailable', 'Redis did not answer in time: nothing was decided. Try again shortly.', {
        cause: err,
      });
    }
  }

  #hold(eventId: string, token: string, leaseEndsAtMs: number): Holding {
    const lease = { ...this.#options, eventId, token, leaseEndsAtMs };
    const holding = new RenewedHolding(lease, () => this.#giveBack(eventId, token));
    void this.#track(holding.ended);
    return holding;
  }

  /** Resolves after the first try to tell Redis. After an outage it is told again, where that is sooner than the lease. */
  async #giveBack(eventId: string, token: string): Promise<void> {
    const { redis, log } = this.#options;
    try {
      await releaseLock(redis.client, eventId, token);
    } catch (err) {
      log.info(
        { event: 'lock_not_released', eventId, err },
        'Redis did not hear that a lock is free; its lease ends it',
      );
      // A process that stops doesn't wait for Redis to come back.
      if (!this.#closing) void this.#giveBackLater(eventId, token);
    }
  }

  async #giveBackLater(eventId: string, token: string): Promise<void> {
    const { redis, leaseMs } = this.#options;
    const leaseEndsAtMs = performance.now() + leaseMs;
    for (let told = false; !told && performance.now() < leaseEndsAtMs;) {
      await sleep(wakeAgainMs, undefined, { ref: false });
      if (this.#closing || !(await redis.waitForReady(leaseEndsAtMs - performance.now()))) return;
      told = await releaseLock(redis.client, eventId, token).then(
        () => true,
        () => false,
      );
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#inHand.add(work);
    const forget = (): void => void this.#inHand.delete(work);
    work.then(forget, forget);
    return work;
  }
}

type Lease = EventLockOptions & {
  eventId: string;
  /** Names this holding to Redis. */
  token: string;
  leaseEndsAtMs: number;
};

class RenewedHolding implements Holding {
  readonly kind = 'held';
  readonly ended: Promise<void>;
  readonly #end: () => void;
  readonly #lease: Lease;
  readonly #giveBack: () => Promise<void>;
  readonly #renewal: NodeJS.Timeout;
  #leaseEndsAtMs: number;
  #state: 'mine' | 'lost' | 'given up' = 'mine';

  constructor(lease: Lease, giveBack: () => Promise<void>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.ended, this.#end] = [promise, resolve];
    [this.#lease, this.#giveBack] = [lease, giveBack];
    this.#leaseEndsAtMs = lease.leaseEndsAtMs;
    this.#renewal = setInterval(() => void this.#renew(), lease.leaseMs / renewalsPerLease).unref();
  }

  stillMine(): boolean {
    return this.#state === 'mine' && performance.now() < this.#leaseEndsAtMs - this.#lease.leaseMs * commitPart;
  }

  release(): void {
    this.#giveUp();
    void this.#giveBack().then(this.#end);
  }

  leave(): void {
    this.#giveUp();
    this.#end();
  }

  async #renew(): Promise<void> {
    const { redis, eventId, token, leaseMs } = this.#lease;
    const sentAtMs = performance.now();
    // What fails is tried again by the next one; `stillMine` knows when it is too late for that.
    const reply = await renewLock(redis.client, eventId, token, leaseMs).catch(() => 'unanswered' as const);
    if (reply === 'renewed') this.#leaseEndsAtMs = sentAtMs + leaseMs;
    // One that was under way when the lock was given up finds it gone, as it should.
    if (reply === 'lost' && this.#state === 'mine') this.#lose();
  }

  #lose(): void {
    const { log, eventId, leaseMs } = this.#lease;
    this.#state = 'lost';
    clearInterval(this.#renewal);
    log.warn({ event: 'lock_lost', eventId, leaseMs }, 'the lease of a lock ended before the work; it is rolled back');
  }

  #giveUp(): void {
    this.#state = 'given up';
    clearInterval(this.#renewal);
  }
}

const blocked = (eventId: string, cause: unknown): Fault =>
  new Fault(
    'unavailable',
    `Event ${eventId} is stopped: somebody else wrote to ${lockKey(eventId)}. Delete that key and try again.`,
    { cause },
  );

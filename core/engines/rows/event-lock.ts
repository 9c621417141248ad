import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../messages/message.ts';
import { isWrongType } from '../../gate/gate.ts';
import { lockKey } from '../../redis/keys.ts';
import type { RedisLinks } from '../../redis/redis-links.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Logger } from '../../runtime/log.ts';
import { acquireLock, releaseLock, renewLock } from './lock-scripts.ts';

/** An event's lock, held by this process and renewed until `release` or `leave`. */
export type Holding = {
  kind: 'held';
  /** False if the lock is lost, or may be lost before a commit that begins now finishes. */
  stillMine(): boolean;
  /**
   * Frees the lock at once and wakes the calls that wait for it. Never throws: if Redis can't be reached, the lock ends
   * with its lease.
   */
  release(): void;
  /** Stops renewing, so that the lock ends with its lease. Called if the work may still be going on. */
  leave(): void;
  /** Resolves after `leave`, or after `release` once Redis has freed the lock or failed to answer. */
  ended: Promise<void>;
};

/** Another holder has the lock. Its lease ends in `leaseLeftMs` unless the holder renews it. */
export type Taken = { kind: 'taken'; leaseLeftMs: number };

export type EventLock = {
  /**
   * Tries once to take an event's lock. Throws `unavailable` if Redis is down or does not answer; in that case the
   * caller holds nothing.
   */
  tryAcquire(eventId: string): Promise<Holding | Taken>;
  /** Takes no more locks, and resolves once every held lock has ended. */
  close(): Promise<void>;
};

export type EventLockOptions = {
  redis: RedisLinks;
  log: Logger;
  /** How long a lock outlives a holder that died. */
  leaseMs: number;
};

/** Renewals per lease. With three renewals per lease, one may be lost, or be late by a third of the lease. */
const renewalsPerLease = 3;
/** The part of the lease that is reserved for the commit: 300 ms of the usual 3 s. A commit takes a few ms. */
const commitPart = 1 / 10;
/** How long after a failed release to try again. */
const wakeAgainMs = 100;

/**
 * Events' locks in Redis. The work under a lock must tolerate a second holder, because a lease can end before the work
 * does (if the process hangs, or Redis loses its data). Nothing here waits; see `lock-queue.ts` and `spin-for-lock.ts`.
 */
export const createEventLock = (options: EventLockOptions): EventLock => new RedisEventLock(options);

class RedisEventLock implements EventLock {
  readonly #options: EventLockOptions;
  /** Attempts to take a lock that are still running, and locks that are still held. */
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
    if (this.#closing) throw new Fault('unavailable', say('stopping'));
    const link = redis.of(eventId);
    if (link.runId() === undefined) {
      throw new Fault('unavailable', say('redis_away'));
    }
    const token = randomUUID();
    // Measured before sending, so that this process considers the lease over before Redis does.
    const sentAtMs = performance.now();
    try {
      const reply = await acquireLock(link.client, eventId, token, leaseMs);
      return reply.kind === 'taken' ? reply : this.#hold(eventId, token, sentAtMs + leaseMs);
    } catch (err) {
      if (isWrongType(err)) throw blocked(eventId, err);
      // Redis may have given this process the lock, although no reply arrived.
      void this.#track(this.#giveBack(eventId, token));
      throw new Fault('unavailable', say('redis_late'), {
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

  /**
   * Resolves after the first attempt to free the lock. If that attempt fails, more attempts follow until the lease
   * ends.
   */
  async #giveBack(eventId: string, token: string): Promise<void> {
    const { redis, log } = this.#options;
    try {
      await releaseLock(redis.of(eventId).client, eventId, token);
    } catch (err) {
      log.info({ event: 'lock_not_released', eventId, err }, 'could not free a lock in Redis; its lease ends it');
      // A process that is stopping does not wait for Redis to come back.
      if (!this.#closing) void this.#giveBackLater(eventId, token);
    }
  }

  async #giveBackLater(eventId: string, token: string): Promise<void> {
    const { redis, leaseMs } = this.#options;
    const leaseEndsAtMs = performance.now() + leaseMs;
    for (let freed = false; !freed && performance.now() < leaseEndsAtMs;) {
      await sleep(wakeAgainMs, undefined, { ref: false });
      if (this.#closing || !(await redis.of(eventId).waitForReady(leaseEndsAtMs - performance.now()))) return;
      freed = await releaseLock(redis.of(eventId).client, eventId, token).then(
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
  /** Redis stores this token as the lock's holder. */
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
    // If a renewal fails, the next one tries again, and `stillMine` knows when the lease may have ended.
    const reply = await renewLock(redis.of(eventId).client, eventId, token, leaseMs).catch(() => 'unanswered' as const);
    if (reply === 'renewed') this.#leaseEndsAtMs = sentAtMs + leaseMs;
    // If this process released the lock during the renewal, the reply `lost` is expected.
    if (reply === 'lost' && this.#state === 'mine') this.#lose();
  }

  #lose(): void {
    const { log, eventId, leaseMs } = this.#lease;
    this.#state = 'lost';
    clearInterval(this.#renewal);
    log.warn(
      { event: 'lock_lost', eventId, leaseMs },
      'the lease of a lock ended before the work under the lock, so the work is rolled back',
    );
  }

  #giveUp(): void {
    this.#state = 'given up';
    clearInterval(this.#renewal);
  }
}

const blocked = (eventId: string, cause: unknown): Fault =>
  new Fault('unavailable', say('lock_overwritten', { eventId, key: lockKey(eventId) }), { cause });

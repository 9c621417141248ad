import { say } from '../../messages/message.ts';
import type { RedisLinks } from '../../redis/redis-links.ts';
import { withSpan } from '../../tracing/span.ts';
import { asUnavailable, Fault } from '../../runtime/fault.ts';
import type { EventLock, Holding } from './event-lock.ts';
import { lockBusy } from './lock-busy.ts';
import type { ReleaseMessages } from './release-messages.ts';

/** Queues of calls for events' locks, one queue per event. */
export type LockQueue = {
  /**
   * Waits at the end of the queue, at most `waitMs`. Throws `busy` if the turn did not come in time, or `unavailable`
   * if Redis does not answer.
   */
  acquire(eventId: string, waitMs: number): Promise<Holding>;
  /** Rejects every waiting call. Held locks are not affected: `EventLock.close` waits for them. */
  close(): void;
};

export type LockQueueOptions = {
  lock: EventLock;
  redis: RedisLinks;
  messages: ReleaseMessages;
};

type Waiting = { resolve: (holding: Holding) => void; reject: (fault: Fault) => void };

type Line = {
  eventId: string;
  /**
   * The waiting calls, in order of arrival. This is a Set, because a call that gives up may leave from anywhere in the
   * queue.
   */
  waiting: Set<Waiting>;
  /** `held`: a call of this process holds the lock, so there is nothing to try. */
  state: 'idle' | 'trying' | 'held';
  /** When the last try began. */
  triedAtMs: number;
  /** Whether the lock may have become free since the last try began. */
  woken: boolean;
  leaseEnd?: NodeJS.Timeout;
  stopListening?: () => void;
};

/**
 * Within a process, calls get the lock in order. Between processes, only the first call of each queue competes for the
 * lock. The first call does not poll: it tries when the lock is released, and when the holder's lease ends, because a
 * holder can die and a message can be lost. A process that has the lock to itself opens no subscription, because it
 * knows of its own releases.
 */
export const createLockQueue = (options: LockQueueOptions): LockQueue => new LinesAtLocks(options);

class LinesAtLocks implements LockQueue {
  readonly #options: LockQueueOptions;
  readonly #lines = new Map<string, Line>();
  /** When Redis goes down, makes every queue try now: each try fails, which rejects all calls in its queue. */
  readonly #wakeAll = (): void => this.#lines.forEach((line) => this.#wake(line));

  readonly #stopWatching: () => void;

  constructor(options: LockQueueOptions) {
    this.#options = options;
    this.#stopWatching = options.redis.onClose(this.#wakeAll);
  }

  acquire(eventId: string, waitMs: number): Promise<Holding> {
    const line = this.#lines.get(eventId) ?? this.#addLine(eventId);
    const turn = this.#join(line, waitMs);
    if (line.waiting.size === 1) this.#wake(line);
    return turn;
  }

  close(): void {
    const { messages } = this.#options;
    this.#stopWatching();
    const stopping = new Fault('unavailable', say('stopping'));
    for (const line of this.#lines.values()) this.#rejectAll(line, stopping);
    messages.close();
  }

  #addLine(eventId: string): Line {
    const line: Line = { eventId, waiting: new Set(), state: 'idle', triedAtMs: 0, woken: false };
    this.#lines.set(eventId, line);
    return line;
  }

  #join(line: Line, waitMs: number): Promise<Holding> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        line.waiting.delete(waiting);
      };
      const waiting: Waiting = {
        resolve: (holding) => {
          leave();
          resolve(holding);
        },
        reject: (fault) => {
          leave();
          reject(fault);
        },
      };
      const giveUp = (): void => {
        if (!line.waiting.has(waiting)) return;
        waiting.reject(isUnanswered(line, waitMs) ? unanswered() : lockBusy(line.eventId));
        this.#dropIfEmpty(line);
      };
      // Uses `setImmediate`, because a process that was busy runs its timers before it handles the replies that have
      // arrived.
      const timer = setTimeout(() => setImmediate(giveUp), waitMs);
      line.waiting.add(waiting);
    });
  }

  /** Lets the first call try now, or after the current try has failed. */
  #wake(line: Line): void {
    line.woken = true;
    if (line.state === 'idle') void this.#contend(line);
  }

  /** Tries for the first call of the queue, whoever woke the queue, so this is not a step of one call's trace. */
  #contend(line: Line): Promise<void> {
    return withSpan(undefined, () => this.#tryWhileWoken(line));
  }

  async #tryWhileWoken(line: Line): Promise<void> {
    const { lock, messages } = this.#options;
    while (line.woken && line.waiting.size > 0) {
      clearTimeout(line.leaseEnd);
      line.woken = false;
      line.state = 'trying';
      line.triedAtMs = performance.now();
      try {
        const result = await lock.tryAcquire(line.eventId);
        if (result.kind === 'held') return void this.#handOver(line, result);
        // Don't begin to listen if all calls have given up by now, because nothing would end the subscription.
        if (line.waiting.size === 0) break;
        line.stopListening ??= messages.listen(line.eventId, () => this.#wake(line));
        // Redis ends a lease only after its last millisecond.
        line.leaseEnd = setTimeout(() => this.#wake(line), result.leaseLeftMs + 1);
      } catch (err) {
        // Reject all calls: each of them would only wait just as long.
        this.#rejectAll(line, asUnavailable(err, say('redis_away')));
      }
    }
    line.state = 'idle';
    this.#dropIfEmpty(line);
  }

  #handOver(line: Line, holding: Holding): void {
    line.state = 'held';
    void holding.ended.then(() => {
      line.woken = true;
      void this.#contend(line);
    });
    const [head] = line.waiting;
    if (head === undefined) holding.release();
    else head.resolve(holding);
  }

  #rejectAll(line: Line, fault: Fault): void {
    for (const waiting of line.waiting) waiting.reject(fault);
    this.#dropIfEmpty(line);
  }

  #dropIfEmpty(line: Line): void {
    if (line.waiting.size > 0 || line.state !== 'idle') return;
    clearTimeout(line.leaseEnd);
    line.stopListening?.();
    this.#lines.delete(line.eventId);
  }
}

/**
 * A reply takes a few ms, or tens of ms if the disk stalls. A call with little time left must not mistake such a pause
 * for a hang.
 */
const slowAnswerMs = 100;

/**
 * Whether Redis has taken three quarters of the wait to send one reply. If so, the call is waiting for Redis, not for
 * other calls.
 */
const isUnanswered = ({ state, triedAtMs }: Line, waitMs: number): boolean =>
  state === 'trying' && performance.now() - triedAtMs > Math.max(0.75 * waitMs, slowAnswerMs);

const unanswered = (): Fault => new Fault('unavailable', say('redis_silent'));

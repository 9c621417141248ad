import { setTimeout as sleep } from 'node:timers/promises';
import { lockBusy } from '../lock-busy.ts';
import type { Holding, EventLock } from './event-lock.ts';

/** About as long as one claim holds the lock, so that the second try is not in vain. */
const firstPauseMs = 4;
/**
 * 1,000 who wait, 128 ms apart on average, are 8,000 tries/s: a quarter of what one Redis does, but much of what a process
 * can send. 500 users raced for 100 coupons in 1.3 s with this, in 2.5 s with half and in 1.9 to 2.4 s with twice of it.
 */
const pauseMaxMs = 256;

/** How long to wait after a failed try, the first being 0. Full jitter: between nothing and twice as long each time. */
export const pauseMs = (attempt: number, random = Math.random()): number =>
  random * Math.min(pauseMaxMs, firstPauseMs * 2 ** attempt);

/**
 * Tries again and again until the lock of an event is free. Nobody has a place in line: who tries at the right moment has
 * it. Throws `busy` when no other try would come within `waitMs`, and `unavailable` when Redis is away.
 */
export async function spinForLock(lock: EventLock, eventId: string, waitMs: number): Promise<Holding> {
  const deadlineMs = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    const result = await lock.tryAcquire(eventId);
    const untilNextMs = pauseMs(attempt);
    const isLate = performance.now() > deadlineMs;
    if (result.kind === 'held') {
      if (!isLate) return result;
      result.release();
    }
    if (isLate || performance.now() + untilNextMs > deadlineMs) throw lockBusy(eventId);
    await sleep(untilNextMs);
  }
}

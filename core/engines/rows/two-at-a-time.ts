import { createFairPermits } from '../../mysql/fair-permits.ts';
import type { Guard } from './guard.ts';
import { lockBusy } from './lock-busy.ts';

/**
 * Lets two claims of an event of this process come to a lock of MySQL: one decides, and the next waits at the lock, so that
 * no time is lost between them. More would only have connections that others need, and wait where a wait is counted in
 * whole seconds: they would be told "unknown" instead of `busy`.
 */
export function twoAtATime(alone: Guard['alone']): Guard['alone'] {
  const turns = createFairPermits(Infinity, 2);
  return async (eventId, decide, waitMs) => {
    const waitUntilMs = performance.now() + waitMs;
    if (!(await turns.take(waitMs, eventId))) throw lockBusy(eventId);
    try {
      return await alone(eventId, decide, Math.max(0, waitUntilMs - performance.now()));
    } finally {
      turns.giveBack(eventId);
    }
  };
}

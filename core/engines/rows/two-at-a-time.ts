import { createFairPermits } from '../../mysql/fair-permits.ts';
import type { Guard } from './guard.ts';
import { lockBusy } from './lock-busy.ts';

/**
 * Lets two claims of an event in this process use a MySQL lock: one decides, and the next already waits for the lock,
 * so that no time is lost between them. A third claim would only hold a connection that others need. It would also wait
 * in MySQL, where a wait can only be limited to whole seconds, so the call would end with an unknown outcome instead of
 * `busy`.
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

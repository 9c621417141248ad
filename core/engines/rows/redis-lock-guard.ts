import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { Holding } from './event-lock.ts';
import type { Guard } from './guard.ts';

/**
 * Holds an event's Redis lock around the transaction, renewed while it lasts. `acquire` is the way to wait for it. A
 * connection of MySQL is taken only when the lock is held, so that those who wait for one event keep none from others. It
 * is not one of the event's share: the holder must not wait behind those who look, of whom each would wait for it.
 */
export function createRedisLockGuard(
  { sessions }: Stores,
  acquire: (eventId: string, waitMs: number) => Promise<Holding>,
): Guard {
  return {
    rowLock: 'shared',
    alone: async (eventId, decide, waitMs) => {
      const waitUntilMs = performance.now() + waitMs;
      const holding = await acquire(eventId, waitMs);
      let begun = false;
      try {
        const decided = await sessions.use(
          (session) => {
            begun = true;
            return decide({ session, stillMine: () => holding.stillMine() });
          },
          { waitMs: Math.max(0, waitUntilMs - performance.now()) },
        );
        holding.release();
        return decided;
      } catch (err) {
        // MySQL may be carrying the transaction out at this moment.
        const isUnknown = begun && err instanceof Fault && err.code === 'unavailable';
        if (isUnknown) holding.leave();
        else holding.release();
        throw err;
      }
    },
  };
}

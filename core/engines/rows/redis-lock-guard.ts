import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { Holding } from './event-lock.ts';
import type { Guard } from './guard.ts';

/**
 * Holds an event's Redis lock around the transaction, and renews it meanwhile. `acquire` waits for the lock. A MySQL
 * connection is taken only once the lock is held, so that calls that wait for one event's lock take no connection away
 * from other calls. The connection doesn't count toward the event's share, because the holder must not wait behind
 * look-ups, whose calls would all wait for the holder.
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
        // MySQL may still be executing the transaction.
        const isUnknown = begun && err instanceof Fault && err.code === 'unavailable';
        if (isUnknown) holding.leave();
        else holding.release();
        throw err;
      }
    },
  };
}

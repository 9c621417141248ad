import { spanNames } from '../../tracing/names.ts';
import { traced } from '../../tracing/span.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { Holding } from './event-lock.ts';
import type { Guard } from './guard.ts';

/**
 * Holds an event's Redis lock, and keeps renewing it, until the transaction ends. `acquire` waits for the lock. The
 * MySQL connection is taken after the lock, so that waiting calls hold no connection that other events need. That
 * connection does not count toward the event's share: otherwise the holder could queue behind look-ups of calls that
 * wait for the holder.
 */
export function createRedisLockGuard(
  { sessions }: Stores,
  acquire: (eventId: string, waitMs: number) => Promise<Holding>,
): Guard {
  return {
    rowLock: 'shared',
    alone: async (eventId, decide, waitMs) => {
      const waitUntilMs = performance.now() + waitMs;
      const holding = await traced(spanNames.lock, {}, () => acquire(eventId, waitMs));
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

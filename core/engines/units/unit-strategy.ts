import { findStoredClaim } from '../../claims/stored-claim.ts';
import type { StrategyName } from '../../events/event.ts';
import { findClaimInRedis } from '../../gate/gate-scripts.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createGateSessions, toClaim } from '../gated/gate-sessions.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';
import { createUnitQueue } from './unit-queue.ts';

/**
 * What both counters are: Redis gives numbers of the stock, and each becomes a claim when MySQL has committed it.
 * `take-units.lua` has the whole story of a number.
 */
export function createUnitStrategy(
  stores: Stores,
  gatekeeper: Gatekeeper,
  { strategy, oneUnitAUser }: { strategy: StrategyName; oneUnitAUser: boolean },
): ClaimStrategy {
  const { redis, db } = stores;
  const gates = createGateSessions(stores, gatekeeper);

  return {
    claim: createQueuePerEvent((eventId) => createUnitQueue({ stores, gates, eventId, strategy, oneUnitAUser })),

    find: async (eventId, userId) => {
      const asked = await gates.ask(eventId, ({ keys, round }, runId) =>
        findClaimInRedis(redis.client, keys, { round, runId, strategy }, userId),
      );
      if ('away' in asked) return gates.claimWithoutGate(asked.away, userId);
      const { session, reply: found } = asked;
      switch (found.kind) {
        case 'none':
          return null;
        case 'undecided':
          // Committed, perhaps, and not settled yet.
          return findStoredClaim(db, eventId, userId);
        case 'found':
          return { ...toClaim(session, userId, found), state: 'persisted' };
      }
    },
  };
}

import type { HeldClaim } from '../../claims/claim.ts';
import type { StrategyName } from '../../events/event.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { findStoredClaim } from '../../claims/stored-claim.ts';
import { findClaimInRedis } from '../../gate/gate-scripts.ts';
import { createGateSessions, toClaim } from '../gated/gate-sessions.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';
import type { ClaimStrategy, Elsewhere } from '../claim-strategy.ts';
import type { Stores } from '../../stores/stores.ts';
import { createUnitLane } from './unit-lane.ts';

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
    claim: createQueuePerEvent((eventId) => createUnitLane({ stores, gates, eventId, strategy, oneUnitAUser })),

    find: (eventId, userId) =>
      gates.withGate<HeldClaim | Elsewhere | null>(
        eventId,
        async (session, runId) => {
          const { keys, round } = session;
          const found = await findClaimInRedis(redis.client, keys, { round, runId, strategy }, userId);
          switch (found.kind) {
            case 'none':
              return { answer: null };
            case 'undecided':
              // Committed, perhaps, and not settled yet.
              return { answer: await findStoredClaim(db, eventId, userId) };
            case 'found':
              return { answer: { ...toClaim(session, userId, found), state: 'persisted' } };
            default:
              return found;
          }
        },
        (away) => gates.claimWithoutGate(away, userId),
      ),
  };
}

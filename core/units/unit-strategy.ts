import type { HeldClaim } from '../claim.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import { findStoredClaim } from '../stored-claim.ts';
import { findClaimInRedis } from '../redis/gate-scripts.ts';
import { findRetiredClaim } from '../retired-round.ts';
import { createGateSessions, toClaim } from '../strategies/gate-sessions.ts';
import { createQueuePerEvent } from '../strategies/queue-per-event.ts';
import type { ClaimStrategy } from '../strategies/strategy.ts';
import type { Stores } from '../stores.ts';
import { createUnitLane } from './unit-lane.ts';

/**
 * What both counters are: Redis gives numbers of the stock, and each becomes a claim when MySQL has committed it.
 * `take-units.lua` has the whole story of a number.
 */
export function createUnitStrategy(
  stores: Stores,
  gatekeeper: Gatekeeper,
  { oneUnitAUser }: { oneUnitAUser: boolean },
): ClaimStrategy {
  const { redis, db } = stores;
  const gates = createGateSessions(stores, gatekeeper);

  return {
    claim: createQueuePerEvent((eventId) => createUnitLane({ stores, gates, eventId, oneUnitAUser })),

    find: (eventId, userId) =>
      gates.withGate<HeldClaim | null>(
        eventId,
        async (session, runId) => {
          const found = await findClaimInRedis(redis.client, session.keys, session.round, runId, userId);
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
        (away) => (away.kind === 'retired' ? findRetiredClaim(db, away.event, userId) : null),
      ),
  };
}

import { randomUUID } from 'node:crypto';
import { findStoredClaim } from '../../claims/stored-claim.ts';
import type { StrategyName } from '../../events/event.ts';
import { findClaimInRedis } from '../../gate/gate-scripts.ts';
import type { Stores } from '../../stores/stores.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Gatekeeper } from '../gate-standing.ts';
import { createGateSessions, toClaim } from '../gated/gate-sessions.ts';
import { createQueuePerEvent } from '../gated/queue-per-event.ts';
import { UnitQueue } from './unit-queue.ts';
import { takeUnits } from './unit-scripts.ts';
import { createUnitWriter } from './unit-writer.ts';

/**
 * What both counters share: Redis gives out numbers from the stock, and each number becomes a claim once MySQL has
 * committed it. `take-units.lua` explains everything that can happen to a number.
 */
export function createUnitStrategy(
  stores: Stores,
  gatekeeper: Gatekeeper,
  {
    strategy,
    oneUnitPerUser,
  }: {
    strategy: StrategyName;
    /** Whether a user gets one unit at a time, or one per call. */
    oneUnitPerUser: boolean;
  },
): ClaimStrategy {
  const { db, observe, claimWaitMs, claimConnections } = stores;
  const gates = createGateSessions(stores, gatekeeper);

  return {
    claim: createQueuePerEvent(
      (eventId) =>
        new UnitQueue({
          ...{ eventId, strategy, gates, claimWaitMs, observe },
          take: ({ keys, round }, { runId, client }, asked) => {
            const callId = oneUnitPerUser ? '' : randomUUID();
            return takeUnits(client, keys, { round, runId, strategy }, { ...asked, callId });
          },
          openWriter: (onProgress) =>
            // An event may use at most its share of the connections.
            createUnitWriter(stores, { eventId, strategy, slotsMax: Math.ceil(claimConnections / 2), onProgress }),
        }),
    ),

    find: async (eventId, userId) => {
      const asked = await gates.ask(eventId, ({ keys, round }, runId, { client }) =>
        findClaimInRedis(client, keys, { round, runId, strategy }, userId),
      );
      if ('away' in asked) return gates.claimWithoutGate(asked.away, userId);
      const { session, reply: found } = asked;
      switch (found.kind) {
        case 'none':
          return null;
        case 'undecided':
          // The claim may be committed but not settled yet.
          return findStoredClaim(db, eventId, userId);
        case 'found':
          return { ...toClaim(session, userId, found), state: 'persisted' };
      }
    },
  };
}

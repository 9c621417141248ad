import { findGateLoss } from '../engines/gated/gate-loss.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Gate } from '../gate/gate.ts';
import type { Stores } from '../stores/stores.ts';
import { mustTakeSnapshot } from './must-take-snapshot.ts';

/**
 * Why a user who is not among Redis's winners may still be a winner of the event's current round: the gate is lost, or
 * parts of the round are gone. Null if neither is the case, or if the round is not in Redis. Throws if Redis does not
 * answer.
 */
export async function lookForDoubt(
  stores: Stores,
  event: EventRow,
): Promise<{ doubt: string; gate: null } | { doubt: null; gate: Gate | null }> {
  const { standing, newestStored } = await mustTakeSnapshot(stores, event);
  switch (standing.kind) {
    case 'lost':
      return { doubt: standing.why, gate: null };
    case 'none':
      return { doubt: null, gate: null };
    case 'gate': {
      const doubt = await findGateLoss(stores, event, standing.gate, newestStored?.serial ?? 0);
      return doubt === null ? { doubt, gate: standing.gate } : { doubt, gate: null };
    }
  }
}

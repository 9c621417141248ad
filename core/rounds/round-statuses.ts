import type { RoundStatus } from '../engines/engine.ts';
import { engineOf, listLiveRounds } from '../engines/engines.ts';
import type { Stores } from '../stores/stores.ts';

/** Reads the status of every round that should be in Redis. Throws if a store does not answer. */
export async function readRoundStatuses(stores: Stores): Promise<RoundStatus[]> {
  const events = await listLiveRounds(stores.db);
  return Promise.all(events.map((event) => engineOf(event.strategy).status(stores, event)));
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { RoundSnapshot } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';

/** A reset, or a seeder, is between two steps for some ms; a gate that is lost stays so. */
const lostStaysMs = 300;

/** Looks at the event’s current round; a gate that seems to be lost is looked at twice. */
export async function mustTakeSnapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot> {
  const snapshot = await engineOf(event.strategy).snapshot(stores, event);
  if (snapshot.standing.kind !== 'lost') return snapshot;
  await sleep(lostStaysMs);
  return engineOf(event.strategy).snapshot(stores, event);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { RoundSnapshot } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * How long to wait before taking a second snapshot. A reset or a seeding takes a few ms, while a lost gate stays lost.
 */
const lostStaysMs = 300;

/** Takes a snapshot of the event's current round. If the gate seems lost, takes a second snapshot. */
export async function mustTakeSnapshot(stores: Stores, event: EventRow): Promise<RoundSnapshot> {
  const snapshot = await engineOf(event.strategy).snapshot(stores, event);
  if (snapshot.standing.kind !== 'lost') return snapshot;
  await sleep(lostStaysMs);
  return engineOf(event.strategy).snapshot(stores, event);
}

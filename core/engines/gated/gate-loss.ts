import { findEvent, type EventRow } from '../../events/event-rows.ts';
import { readGate, type Gate } from '../../gate/gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { Stores } from '../../stores/stores.ts';
import { countUnits } from '../units/unit-scripts.ts';

/**
 * Why an existing gate must not decide: it is older than MySQL, or parts of its round are gone. Null if it may decide.
 * Read `storedSerial`, the highest serial in MySQL, before the gate. Otherwise a claim that is accepted and stored
 * between the two reads would seem to be missing from the gate.
 */
export async function findGateLoss(
  stores: Stores,
  event: EventRow,
  gate: Gate,
  storedSerial: number,
): Promise<string | null> {
  const { eventId, currentRound } = event;
  if (gate.round !== currentRound) return `the gate is in round ${gate.round}, but MySQL is in round ${currentRound}`;
  if (gate.strategy !== event.strategy) {
    // The event's strategy may have changed after `event` was read, if the event was not seeded yet.
    const now = await findEvent(stores.db, eventId);
    if (gate.strategy !== now?.strategy) {
      return `the gate has the strategy ${gate.strategy}, but MySQL has ${now?.strategy}`;
    }
  }
  if (gate.given !== null) return findUnitLoss(stores, event, storedSerial);
  if (gate.issued < storedSerial) return `the gate has issued ${gate.issued}, but MySQL has serial ${storedSerial}`;
  const winners = await stores.redis.of(eventId).client.hlen(roundKeys(eventId, gate.round).winners);
  if (winners === gate.issued - gate.vacant) return null;
  // Another process may be deciding or restoring claims, so the counts can be judged only if neither count has changed
  // since it was read.
  const after = await readGate(stores.redis.of(eventId).client, eventId);
  if (after?.issued !== gate.issued || after.vacant !== gate.vacant) return null;
  return `the gate has issued ${gate.issued}, but there are ${winners} winners`;
}

async function findUnitLoss(
  { redis }: Stores,
  { eventId, currentRound }: EventRow,
  storedSerial: number,
): Promise<string | null> {
  const counts = await countUnits(redis.of(eventId).client, roundKeys(eventId, currentRound), currentRound);
  // The round was retired or reset after its gate was read, so there is nothing to compare.
  if (counts === null) return null;
  const { issued, given, winners, attempts, holders, returned } = counts;
  if (given < storedSerial) return `the gate has given ${given}, but MySQL has serial ${storedSerial}`;
  if (winners !== issued) return `the gate has issued ${issued}, but there are ${winners} winners`;
  if (attempts !== holders) return `${attempts} units are being written, but there are ${holders} holders`;
  if (issued + attempts + returned === given) return null;
  return `the gate has given ${given} numbers: ${issued} are issued, ${attempts} are being written, and ${returned} were returned`;
}

import { Fault } from './fault.ts';
import { findGateLoss } from './gate-loss.ts';
import { roundKeys } from './keys.ts';
import { judgeMissingGate } from './missing-gate.ts';
import { highestSerial } from './mysql/claim-rows.ts';
import { listLiveRounds, type EventRow } from './mysql/event-rows.ts';
import { isInert, readGate, sealOf, type Gate } from './redis/gate.ts';
import { outboxState, type OutboxState } from './redis/outbox.ts';
import type { Stores } from './stores.ts';

/** A round that should be in Redis, and what is there of it. */
export type SurveyedRound = {
  event: EventRow;
  /** Whether it is the event's current round; an older one only has leftovers. */
  current: boolean;
  /** The event's gate, if it is in this round. */
  gate: Gate | null;
  outbox: OutboxState;
  /** Claims that MySQL could not take. */
  setAside: number;
  /** The gate is gone although it was there while claims could be accepted, or is older than MySQL, damaged, or in parts. */
  lost: boolean;
};

/** Looks at every round that should be in Redis. Throws when a store does not answer. */
export async function surveyRounds(stores: Stores): Promise<SurveyedRound[]> {
  const events = await listLiveRounds(stores.db);
  return Promise.all(events.map((event) => surveyRound(stores, event)));
}

async function surveyRound(stores: Stores, event: EventRow): Promise<SurveyedRound> {
  const { client } = stores.redis;
  const { eventId, round } = event.roundRow;
  // One gate that can't be read must not keep anybody from looking at the others.
  const found = await readGate(client, eventId).catch((err: unknown) => {
    if (err instanceof Fault && err.code === 'gate_lost') return 'damaged' as const;
    throw err;
  });
  const gate = found !== 'damaged' && found?.round === round ? found : null;
  const current = event.currentRound === round;
  return {
    event,
    current,
    gate,
    outbox: await outboxState(client, eventId, round),
    setAside: await client.hlen(roundKeys(eventId, round).setAside),
    lost:
      current &&
      (found === 'damaged' || (event.roundRow.rebuildingAtMs === null && (await isLost(stores, event, gate)))),
  };
}

async function isLost(stores: Stores, event: EventRow, gate: Gate | null): Promise<boolean> {
  const { db, redis, clock, seedLeadMs } = stores;
  if (gate === null) return judgeMissingGate(event.roundRow, clock.nowMs(), seedLeadMs) === 'lost';
  // Retiring unlinks in one step, and what is retired is in MySQL.
  if (event.roundRow.retiredAtMs !== null) return false;
  if (isInert(gate)) {
    const { seededAtMs, opensAtMs } = event.roundRow;
    // One with another seal was made by a seeder who died, in place of one that claims may have been accepted by.
    return seededAtMs !== null && gate.runId !== sealOf(seededAtMs) && clock.nowMs() >= opensAtMs;
  }
  // A gate that was compared with MySQL since Redis started can't be older than it any more.
  if (gate.runId === redis.runId()) return (await findGateLoss(stores, event, gate, 0)) !== null;
  const storedSerial = await highestSerial(db, event.eventId, event.currentRound);
  const gateAfter = await readGate(redis.client, event.eventId);
  return gateAfter !== null && (await findGateLoss(stores, event, gateAfter, storedSerial)) !== null;
}

import { gateKey, roundKeys } from './keys.ts';
import { judgeMissingGate } from './missing-gate.ts';
import { listLiveRounds, type EventRow } from './mysql/event-rows.ts';
import { parseGate, type Gate } from './redis/gate.ts';
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
  /** The gate is gone although it was there while claims could be accepted. */
  lost: boolean;
};

/** Looks at every round that should be in Redis. Throws when a store does not answer. */
export async function surveyRounds(stores: Stores): Promise<SurveyedRound[]> {
  const { db, redis, clock, seedLeadMs } = stores;
  const events = await listLiveRounds(db);
  return Promise.all(
    events.map(async (event) => {
      const { eventId, round } = event.roundRow;
      const found = parseGate(eventId, await redis.client.hgetall(gateKey(eventId)));
      const gate = found?.round === round ? found : null;
      const current = event.currentRound === round;
      const rebuilding = event.roundRow.rebuildingAtMs !== null;
      const missing = current && gate === null && !rebuilding;
      return {
        event,
        current,
        gate,
        outbox: await outboxState(redis.client, eventId, round),
        setAside: await redis.client.hlen(roundKeys(eventId, round).setAside),
        lost: missing && judgeMissingGate(event.roundRow, clock.nowMs(), seedLeadMs) === 'lost',
      };
    }),
  );
}

import { highestSerial } from '../../claims/claim-rows.ts';
import { findRound, type EventRow } from '../../events/event-rows.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { isInert, isWrongType, readGate, type Gate } from '../../gate/gate.ts';
import { judgeMissingGate, replacesLostGate } from '../../gate/missing-gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundStatus } from '../engine.ts';
import { outboxState } from '../stream/outbox.ts';
import { findGateLoss } from './gate-loss.ts';
import { lackOfPromised } from './promised-claims.ts';

/** Reads the status of one round. Throws if a store does not answer. */
export async function readRoundStatus(stores: Stores, event: EventRow): Promise<RoundStatus> {
  const { eventId, round, rebuildingAtMs, retiredAtMs } = event.roundRow;
  const { client } = stores.redis.of(eventId);
  const current = event.currentRound === round;
  let damaged = false;
  // A key that another program overwrote breaks its own event, but the status of the others must remain readable.
  const readable = async <Value>(look: Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await look;
    } catch (err) {
      if (!isWrongType(err) && !(err instanceof Fault && err.code === 'gate_lost')) throw err;
      damaged = true;
      return otherwise;
    }
  };
  const found = await readable(readGate(client, eventId), null);
  if (found !== null && found.round > event.currentRound) {
    // The event was reset after its row was read, or MySQL has lost that reset.
    const now = await findRound(stores.db, eventId, round);
    if (now !== null && now.currentRound >= found.round) return readRoundStatus(stores, now);
  }
  const gate = found?.round === round ? found : null;
  const outbox = await readable(outboxState(client, eventId, round, gate?.reserved ?? event.roundRow.reserved), {
    claims: 0,
    oldestAtMs: null,
  });
  const setAside = await readable(client.hlen(roundKeys(eventId, round).setAside), 0);
  // While a retired round is rebuilt for a top-up, MySQL answers for it, so it is not lost. A lost round stays lost
  // until its rebuild is complete.
  const comesBack = rebuildingAtMs !== null && retiredAtMs !== null;
  const judged = current && !damaged && !comesBack;
  const lost = judged && (await readable(isLost(stores, event, gate), true));
  return { event, current, gate, outbox, setAside, lost: current && (damaged || lost) };
}

async function isLost(stores: Stores, event: EventRow, gate: Gate | null): Promise<boolean> {
  const { db, redis } = stores;
  const link = redis.of(event.eventId);
  // A retired round left Redis in one step, after MySQL had all of it.
  if (event.roundRow.retiredAtMs !== null) return false;
  if (gate === null || isInert(gate)) return lostItsGate(stores, event);
  // A gate that has been compared with MySQL since Redis started can't be older than MySQL.
  if (gate.runId === link.runId()) return (await findGateLoss(stores, event, gate, 0)) !== null;
  const storedSerial = await highestSerial(db, event.eventId, event.currentRound);
  const gateAfter = await readGate(link.client, event.eventId);
  if (gateAfter === null) return false;
  if ((await findGateLoss(stores, event, gateAfter, storedSerial)) !== null) return true;
  return (await lackOfPromised(stores, event, gateAfter)) !== null;
}

/** Whether a round that has no deciding gate now had one before that may have accepted claims. */
async function lostItsGate(stores: Stores, event: EventRow): Promise<boolean> {
  const { eventId, roundRow } = event;
  const { db, redis, clock, seedLeadMs } = stores;
  const evidence = { ...(await readOpeningEvidence(db, roundRow)), redisNowMs: clock.nowMs(eventId) };
  // Read the gate after the evidence. In the other order, a round that another process seeds and sells between the two
  // reads would look lost.
  const gate = await readGate(redis.of(eventId).client, eventId);
  if (gate === null || gate.round < roundRow.round) return judgeMissingGate(roundRow, evidence, seedLeadMs) === 'lost';
  if (gate.round !== roundRow.round || !isInert(gate)) return false;
  return replacesLostGate(gate, roundRow, evidence) || (await lackOfPromised(stores, event, gate)) !== null;
}

import { say } from '../../messages/message.ts';
import { highestSerial } from '../../claims/claim-rows.ts';
import { findEvent, type EventRow } from '../../events/event-rows.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { trustGate, type SeedReply } from '../../gate/gate-scripts.ts';
import { recordTrust } from '../../gate/gate-trust.ts';
import { isInert, readGate } from '../../gate/gate.ts';
import { judgeMissingGate } from '../../gate/missing-gate.ts';
import { syncGate } from '../../gate/sync-gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundEngine } from '../engine.ts';
import type { GateStanding } from '../gate-standing.ts';
import { gateLossKey, logGateLoss } from '../log-gate-loss.ts';
import { findGateLoss } from './gate-loss.ts';
import { awaitPromised } from './promised-claims.ts';

/**
 * How to answer for an event that a gate should decide. Seeds a round that is due. If a gate survived a restart of
 * Redis, compares it with MySQL and trusts it again. Throws `gate_lost` or `unavailable`.
 */
export async function gateStanding(stores: Stores, event: EventRow, engine: RoundEngine): Promise<GateStanding> {
  const { db, redis, clock, seedLeadMs } = stores;
  const { eventId } = event;
  // Use one link throughout: another server's gate must not be trusted under this server's id.
  const link = redis.of(eventId);
  // Read the run_id before MySQL, so that every claim that was stored before this Redis started is compared with its
  // gate. `identify` asks Redis again, because a connection that was made before the run_id changed would still have
  // the old id.
  const runId = await link.identify();
  if (runId === undefined) throw new Fault('unavailable', say('redis_unreachable'));
  const [storedSerial, evidence] = await Promise.all([
    highestSerial(db, eventId, event.currentRound),
    readOpeningEvidence(db, event.roundRow),
  ]);
  const gate = await readGate(link.client, eventId);
  if (gate !== null && gate.round > event.currentRound) {
    // A reset writes the new round to MySQL first, so its row exists, unless MySQL has lost it.
    const now = await findEvent(db, eventId);
    if (now !== null && now.currentRound >= gate.round) return { kind: 'ready' };
  }
  if (gate === null || isInert(gate) || gate.round < event.currentRound) {
    const missing = judgeMissingGate(event.roundRow, { ...evidence, redisNowMs: clock.nowMs(eventId) }, seedLeadMs);
    // A gate that was never trusted may need only its last step, and a reset may not have replaced the previous gate
    // yet.
    const resetting = gate !== null && gate.round < event.currentRound && event.roundRow.seededAtMs === null;
    switch (resetting || (missing === 'lost' && gate !== null) ? 'seed' : missing) {
      case 'retired':
        return { kind: 'retired', event };
      case 'closed':
        return { kind: 'closed' };
      case 'early':
        return { kind: 'early', eventId, opensAtMs: event.roundRow.opensAtMs };
      case 'lost':
        throw lost(stores, event, engine, 'the gate is missing');
      case 'seed': {
        const reply = await engine.seed(stores, eventId, event.currentRound);
        // The event's strategy changed after its row was read; the next look-up finds the new strategy.
        if (reply === 'elsewhere') return { kind: 'ready' };
        if (reply === 'seeded' || reply === 'exists') return { kind: 'ready' };
        throw lost(stores, event, engine, lossFoundBySeeding(reply));
      }
    }
  }
  const loss = await findGateLoss(stores, event, gate, storedSerial);
  if (loss !== null) throw lost(stores, event, engine, loss);
  if (gate.runId === runId) return { kind: 'ready' };
  if (engine.persistsLater) {
    const promised = await awaitPromised(stores, eventId, gate, runId);
    if (promised.kind === 'lost') throw lost(stores, event, engine, promised.detail);
    if (promised.kind === 'awaited') throw awaited(eventId);
    if (promised.version > Math.max(gate.version, event.version))
      throw lost(stores, event, engine, `it lacks a change to version ${promised.version} that was confirmed`);
    // The gate of a stale replica may lack a pause that the row has.
    if (event.version > gate.version) await syncGate(stores, eventId);
  }
  const count = await recordTrust(db, event, gate, runId);
  await trustGate(link.client, eventId, gate, runId, count);
  return { kind: 'ready' };
}

/**
 * Like `gateStanding`, but without MySQL. Lets a gate decide again only if the gate has everything that was promised
 * and a process used it until the failover. Null if only MySQL can tell.
 */
export async function gateStandingAlone(stores: Stores, eventId: string): Promise<GateStanding | null> {
  const link = stores.redis.of(eventId);
  const runId = await link.identify();
  if (runId === undefined) return null;
  const gate = await readGate(link.client, eventId);
  if (gate === null || isInert(gate) || gate.given !== null || gate.runId === runId) return null;
  const promised = await awaitPromised(stores, eventId, gate, runId);
  switch (promised.kind) {
    case 'lost':
      if (stores.logged.isNew(gateLossKey(eventId), 'alarming')) {
        const { detail } = promised;
        stores.log.error(
          { event: 'gate_lost', eventId, detail },
          `gate lost: event ${eventId} is stopped until it is repaired`,
        );
      }
      throw gateLost(eventId, promised.detail);
    case 'awaited':
      throw awaited(eventId);
    case 'there': {
      if (!promised.watched || promised.version > gate.version) return null;
      const winners = await link.client.hlen(roundKeys(eventId, gate.round).winners);
      if (winners !== gate.issued - gate.vacant) return null;
      await trustGate(link.client, eventId, gate, runId);
      return { kind: 'ready' };
    }
  }
}

const awaited = (eventId: string): Fault => new Fault('unavailable', say('promises_awaited', { eventId }));

function lossFoundBySeeding(reply: Exclude<SeedReply, 'seeded' | 'exists'>): string {
  switch (reply) {
    case 'late':
      return 'the gate is missing, and claims may have been accepted before';
    case 'leftover':
      return 'the gate is missing, but other parts of its round exist';
    case 'newer':
      return 'a newer gate exists, but was never completed';
  }
}

function lost(stores: Stores, event: EventRow, engine: RoundEngine, detail: string): Fault {
  const { eventId } = event;
  logGateLoss(stores, event, { alarming: engine.isAlarmingLoss(event, stores.clock.nowMs(eventId)), detail });
  return gateLost(eventId, detail);
}

const gateLost = (eventId: string, detail: string): Fault =>
  new Fault('gate_lost', say('gate_lost', { eventId, detail }));

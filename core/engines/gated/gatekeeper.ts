import { rememberBriefly } from '../../runtime/briefly.ts';
import { decidingStore } from '../../events/event.ts';
import { Fault, asUnavailable } from '../../runtime/fault.ts';
import { findGateLoss } from './gate-loss.ts';
import { judgeMissingGate } from '../../gate/missing-gate.ts';
import { highestSerial } from '../../claims/claim-rows.ts';
import { findEvent, type EventRow } from '../../events/event-rows.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { trustGate, type SeedReply } from '../../gate/gate-scripts.ts';
import { isInert, readGate } from '../../gate/gate.ts';
import { gateLossKey, logGateLoss } from '../../gate/log-gate-loss.ts';
import { failureState } from '../../runtime/state-changes.ts';
import { seedRound } from '../../gate/seed-round.ts';
import type { Stores } from '../../stores/stores.ts';

/** What an event whose gate could not decide is to be answered with. */
export type GateStanding =
  /** The gate is there and may be asked again. */
  | { kind: 'ready' }
  /** Nobody can have claimed yet: `not_open`. */
  | { kind: 'early'; opensAtMs: number }
  /** Closed before it was ever seeded. */
  | { kind: 'closed' }
  /** Out of Redis for good: MySQL answers. */
  | { kind: 'retired'; event: EventRow }
  /** It belongs to this strategy, which decides in MySQL and has no gate: the caller knew the event before a change. */
  | { kind: 'elsewhere'; strategy: string };

export type Gatekeeper = {
  /**
   * Finds out why a gate can't decide, and mends it where that is safe: seeds what is due, and lets a gate that survived
   * a restart of Redis decide again after comparing it with MySQL. One look an event at a time. What stays as it is holds
   * for 1 s, so that a crowd at a broken event (or at one that does not exist) costs one query a second. What a change can
   * end at any moment is looked up anew: an event that is early may be given another opening, or another strategy.
   * Throws `not_found`, `gate_lost` or `unavailable`.
   */
  standing(eventId: string): Promise<GateStanding>;
};

const answerHoldsMs = 1_000;
/** Bounds the memory that unknown ids can take. */
const answersMax = 10_000;

export function createGatekeeper(stores: Stores): Gatekeeper {
  return {
    standing: rememberBriefly((eventId) => findStanding(stores, eventId), {
      holdMs: (loaded) => ('value' in loaded && isPassing(loaded.value) ? 0 : answerHoldsMs),
      keysMax: answersMax,
    }),
  };
}

/** Whether the next call has to look again, rather than be answered from memory. */
function isPassing({ kind }: GateStanding): boolean {
  switch (kind) {
    case 'ready':
    case 'elsewhere':
    case 'early':
      return true;
    case 'closed':
    case 'retired':
      return false;
  }
}

async function findStanding(stores: Stores, eventId: string): Promise<GateStanding> {
  const { log, logged } = stores;
  const unclear = `unclear ${eventId}`;
  try {
    const standing = await look(stores, eventId);
    logged.clear(unclear);
    logged.clear(gateLossKey(eventId));
    return standing;
  } catch (err) {
    if (err instanceof Fault) logged.clear(unclear);
    else if (logged.isNew(unclear, failureState(err))) {
      log.warn({ event: 'gate_unclear', eventId, err }, 'could not find out why the gate can’t decide');
    }
    throw asUnavailable(err, `Event ${eventId} can't be answered now: its gate can't be checked. Try again shortly.`);
  }
}

async function look(stores: Stores, eventId: string): Promise<GateStanding> {
  const { db, redis, clock, seedLeadMs } = stores;
  const event = await findEvent(db, eventId);
  if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
  if (decidingStore(event.strategy) === 'mysql') return { kind: 'elsewhere', strategy: event.strategy };
  // Before MySQL is read: what was stored until this Redis started must be compared with its gate.
  // Asked afresh, so that processes that connected before and after a change of it agree at once.
  const runId = await redis.identify();
  if (runId === undefined) throw new Fault('unavailable', 'Redis is unreachable. Try again shortly.');
  const [storedSerial, evidence] = await Promise.all([
    highestSerial(db, eventId, event.currentRound),
    readOpeningEvidence(db, event.roundRow),
  ]);
  const gate = await readGate(redis.client, eventId);
  if (gate !== null && gate.round > event.currentRound) {
    // A reset begins in MySQL: unless that has lost it, the row is there by now.
    const now = await findEvent(db, eventId);
    if (now !== null && now.currentRound >= gate.round) return { kind: 'ready' };
  }
  if (gate === null || isInert(gate) || gate.round < event.currentRound) {
    const missing = judgeMissingGate(event.roundRow, { ...evidence, redisNowMs: clock.nowMs() }, seedLeadMs);
    // What is there but was never trusted may only want to be completed, and so may a reset that has not come this far.
    const resetting = gate !== null && gate.round < event.currentRound && event.roundRow.seededAtMs === null;
    switch (resetting || (missing === 'lost' && gate !== null) ? 'seed' : missing) {
      case 'retired':
        return { kind: 'retired', event };
      case 'closed':
        return { kind: 'closed' };
      case 'early':
        return { kind: 'early', opensAtMs: event.roundRow.opensAtMs };
      case 'lost':
        throw lost(stores, event, 'the gate is missing');
      case 'seed': {
        const reply = await seedRound(stores, eventId, event.currentRound);
        if (reply === 'seeded' || reply === 'exists') return { kind: 'ready' };
        throw lost(stores, event, lossFoundBySeeding(reply));
      }
    }
  }
  const loss = await findGateLoss(stores, event, gate, storedSerial);
  if (loss !== null) throw lost(stores, event, loss);
  if (gate.runId !== runId) await trustGate(redis.client, eventId, gate, runId);
  return { kind: 'ready' };
}

function lossFoundBySeeding(reply: Exclude<SeedReply, 'seeded' | 'exists'>): string {
  switch (reply) {
    case 'late':
      return 'the gate is missing, and claims may have been accepted before';
    case 'leftover':
      return 'the gate is missing, but other parts of its round are there';
    case 'newer':
      return 'there is a newer gate that was never completed';
  }
}

function lost(stores: Stores, event: EventRow, detail: string): Fault {
  const { eventId } = event;
  logGateLoss(stores, event, { detail });
  return new Fault(
    'gate_lost',
    `Event ${eventId} is stopped: Redis lost its gate (${detail}). Nothing is issued until an operator has repaired it.`,
  );
}

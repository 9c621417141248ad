import { countUnsettledFaults, listSettledFaults } from '../../claims/claim-faults.ts';
import { countClaims, highestSerial } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { readGateOf, type Gate } from '../../gate/gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundEngine } from '../engine.ts';
import { type FinishOptions, notesOf, type RoundNotes, type Verdict } from '../finishing.ts';
import { drainOutbox } from '../stream/drain.ts';
import { matchOf, newWalk, walkRows } from './winner-match.ts';

/**
 * How long to wait before a round whose state has not changed is checked again: counting 10 million claims takes 2.4 s.
 */
const keptHoldsMs = 60_000;
const walkSliceDefaultMs = 1_000;

/**
 * Drains a closed or sold-out round, or settles its units, and compares each winner in Redis with MySQL: user, serial,
 * time and code. Logs once why a round is kept. Throws if a store does not answer. Safe to repeat.
 */
export async function verifyRound(
  stores: Stores,
  event: EventRow,
  engine: Pick<RoundEngine, 'settle'>,
  options: FinishOptions = {},
): Promise<Verdict> {
  const { redis } = stores;
  const { eventId, round } = event.roundRow;
  const keys = roundKeys(eventId, round);
  const notes = notesOf(options.memory, event);
  const { kept } = notes;
  if (kept !== undefined && performance.now() < kept.untilMs && kept.state === (await stateOf(stores, event))) {
    return { kind: 'kept' };
  }
  await drainOutbox(stores, eventId, round, { signal: options.signal });
  if (options.signal?.aborted) return { kind: 'later' };
  if ((await engine.settle(stores, event)).open > 0) return { kind: 'later' };
  const gate = await readGateOf(redis.of(eventId).client, eventId, round);
  const { retiredAtMs } = event.roundRow;
  const isCurrent = event.currentRound === round;
  // A missing gate is lost, unless the row says that the round is retired. Claims may have been lost with the gate, so
  // counts that agree prove nothing.
  if (gate === null && isCurrent && retiredAtMs === null) return { kind: 'later' };
  if (gate !== null && !takesNoMore(stores, event, gate)) return { kind: 'later' };
  if (gate === null && retiredAtMs !== null && !(await hasParts(stores, event)))
    return { kind: 'verified', winners: 0 };
  // Claims that were decided right at the closing time may still be on their way.
  if ((await redis.of(eventId).client.xlen(keys.outbox)) > 0) return { kind: 'later' };
  const why =
    (await findSetAside(stores, event)) ??
    (await findDifference(stores, event, notes, { ...options, isCurrent: gate !== null && isCurrent }));
  if (why === null) return { kind: 'later' };
  if (typeof why === 'object') {
    await keep(stores, event, notes, why);
    return { kind: 'kept' };
  }
  delete notes.kept;
  delete notes.walk;
  return { kind: 'verified', winners: why };
}

/** Why a round is kept; `event` is the name of the log line. */
type Reason = { event: 'round_set_aside' | 'round_differs'; text: string; details: Record<string, number> };

/** Whether the gate agrees with the row, and the round issues no more claims. */
function takesNoMore({ clock }: Stores, event: EventRow, gate: Gate): boolean {
  if (gate.version !== event.version || gate.pendingChanges !== '') return false;
  const nowMs = Math.max(clock.nowMs(event.eventId), gate.lastAtMs);
  return gate.closed || (gate.closesAtMs !== null && nowMs >= gate.closesAtMs) || gate.issued >= gate.stock;
}

async function hasParts({ redis }: Stores, { roundRow: { eventId, round } }: EventRow): Promise<boolean> {
  const { gate: _gate, ...parts } = roundKeys(eventId, round);
  return (await redis.of(eventId).client.exists(...Object.values(parts))) > 0;
}

async function findSetAside({ db, redis }: Stores, { roundRow }: EventRow): Promise<Reason | null> {
  const { eventId, round } = roundRow;
  const noted = await redis.of(eventId).client.hlen(roundKeys(eventId, round).setAside);
  // Redis may have lost its set-aside marks, so MySQL's faults count too.
  const setAside = Math.max(noted, await countUnsettledFaults(db, eventId, round));
  if (setAside === 0) return null;
  return {
    event: 'round_set_aside',
    text: 'the round stays in Redis: MySQL could not store some of its claims; an operator has to restore or settle them',
    details: { setAside },
  };
}

/**
 * Resolves to the number of winners if all match, to a reason if they differ, or to null if the comparison is
 * unfinished. For an old round, or a round without a gate, Redis may have fewer claims than MySQL.
 */
async function findDifference(
  stores: Stores,
  event: EventRow,
  notes: RoundNotes,
  { signal, memory, walkSliceMs = walkSliceDefaultMs, isCurrent }: FinishOptions & { isCurrent: boolean },
): Promise<number | Reason | null> {
  const { db, redis } = stores;
  const { eventId, round } = event.roundRow;
  const winners = await redis.of(eventId).client.hlen(roundKeys(eventId, round).winners);
  if (!isCurrent && winners === 0) return 0;
  const persisted = await countClaims(db, eventId, round);
  const differs = (unstored: number): Reason => ({
    event: 'round_differs',
    text: 'Redis and MySQL differ; reconcile the event',
    details: { issued: winners, persisted, unstored },
  });
  const settled = (await listSettledFaults(db, eventId, round)).length;
  // For each settled claim that MySQL lacks, MySQL may have two claims that Redis lacks: one with the same serial, and
  // one of the same user.
  const tooMany = winners - persisted - settled;
  if (tooMany > 0 || (isCurrent && persisted > winners + 2 * settled)) return differs(Math.max(tooMany, 0));

  const state = await stateOf(stores, event);
  const walk = notes.walk?.state === state ? notes.walk.at : newWalk();
  notes.walk = { state, at: walk };
  const sliceEndsMs = memory === undefined ? Infinity : performance.now() + walkSliceMs;
  const isStopped = () => signal?.aborted === true || performance.now() >= sliceEndsMs;
  if (!(await walkRows(stores, event, walk, isStopped))) return null;
  const match = await matchOf(stores, event, walk);
  if (match.unstored === 0 && (!isCurrent || match.unexplainedRows === 0)) return match.winners;
  delete notes.walk;
  return differs(match.unstored);
}

async function keep(stores: Stores, event: EventRow, notes: RoundNotes, reason: Reason): Promise<void> {
  const { eventId, round } = event.roundRow;
  const state = await stateOf(stores, event);
  const why = `${reason.event} ${JSON.stringify(reason.details)}`;
  if (notes.kept?.state !== state || notes.kept.why !== why) {
    stores.log.error({ event: reason.event, eventId, round, ...reason.details }, reason.text);
  }
  notes.kept = { why, state, untilMs: performance.now() + keptHoldsMs };
}

/** Everything that a verdict depends on and that is cheap to read. */
async function stateOf({ db, redis }: Stores, { version, roundRow }: EventRow): Promise<string> {
  const { eventId, round } = roundRow;
  const keys = roundKeys(eventId, round);
  const link = redis.of(eventId);
  return [
    version,
    link.runId(),
    await link.client.hlen(keys.winners),
    await link.client.xlen(keys.outbox),
    await link.client.hlen(keys.setAside),
    await highestSerial(db, eventId, round),
    (await listSettledFaults(db, eventId, round)).length,
  ].join('/');
}

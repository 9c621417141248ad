import { randomUUID } from 'node:crypto';
import type { Actor } from '../access/actor.ts';
import { pauseEvent, type Change } from '../changes/change-event.ts';
import { catchUp, changeLocked } from '../changes/event-changes.ts';
import { findStoredSerials } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { mustFind } from '../events/must-find.ts';
import { readGate } from '../gate/gate.ts';
import { mendCounter, mendedPerCallMax } from '../gate/repair-scripts.ts';
import { say, type Message } from '../messages/message.ts';
import { roundKeys } from '../redis/keys.ts';
import { reopen } from '../rounds/unsold-round.ts';
import { Fault } from '../runtime/fault.ts';
import { inPieces } from '../runtime/in-pieces.ts';
import type { Stores } from '../stores/stores.ts';
import { pausedAdvice } from './advice.ts';
import { findConfigDrift, mendConfig } from './config-drift.ts';
import { judgeRound, type Mender, type RoundJudgement } from './judge-round.ts';
import { mendClaims } from './mend-claims.ts';
import { mendTwofold } from './mend-twofold.ts';
import { recoverGate } from './recover-gate.ts';
import type { WatchReconcile } from './report.ts';
import { findStaleRounds, mendStaleRound } from './stale-rounds.ts';

/** How many differences a repair fixed, and its advice for a person. */
type Repaired = { repaired: number; advice: Message[] };

/**
 * Repairs the gate, then its settings, then the claims, then the counter, because each step depends on the previous
 * one. `unfinished` is an earlier repair that did not finish.
 */
export async function repairEvent(
  stores: Stores,
  eventId: string,
  actor: Actor,
  { watch, signal, unfinished }: { watch: WatchReconcile; signal: AbortSignal | undefined; unfinished: object | null },
): Promise<Repaired> {
  const advice: Message[] = [];
  const pauses: string[] = [];
  let repaired = 0;
  watch({ step: 'gate', done: 0, of: null });
  // `reopen` only marks the round; the rebuild follows below.
  if ((await reopen(stores, eventId)) > 0) repaired += 1;
  const recovered = await recoverGate(stores, eventId, actor).catch((err: unknown) => {
    // Winners contradict MySQL: the event stays stopped, and the rest of the report names them.
    if (!(err instanceof Fault && err.code === 'conflict')) throw err;
    advice.push({ ...(err.problem ?? { code: 'conflict', params: {} }), message: err.message });
    return { kind: 'not_lost' } as const;
  });
  if (recovered.kind === 'rebuilt') {
    repaired += 1;
    if (recovered.doubt === 'paused') pauses.push(`its gate was lost (${recovered.why})`);
    if (recovered.doubt === 'closed') advice.push(say('advise_closed', { eventId, why: recovered.why }));
  }
  if ((await findConfigDrift(stores, eventId)).length > 0 && (await mendConfig(stores, eventId, actor))) repaired += 1;
  const event = await mustFind(stores, eventId);
  const stale = await findStaleRounds(stores, event);
  for (const round of stale) await mendStaleRound(stores, event, round);
  if (stale.length > 0) repaired += stale.length - (await findStaleRounds(stores, event)).length;
  const engine = engineOf(event.strategy);
  if (await engine.isOlderThanRows(stores, event, await engine.snapshot(stores, event))) {
    const why = 'its gate is older than MySQL';
    if (await pause(stores, event, actor, `${why}: claims may have been accepted that nobody knows of.`)) {
      pauses.push(why);
    }
  }
  const lost: number[] = [];
  const mender: Mender = {
    claims: async (round, amiss, taken) => {
      const mended = await mendClaims(round, amiss, taken);
      repaired += mended;
    },
    lostNumbers: (numbers) => {
      lost.push(...numbers);
      return Promise.resolve();
    },
    twofoldNumbers: async (round, taken) => {
      repaired += await mendTwofold(round, taken);
    },
  };
  const judged = await judgeRound(stores, eventId, { watch, signal, mender });
  repaired += await engine.forgetStored(stores, event);
  const counter = await mendGateCounter(stores, event, actor, judged, lost);
  repaired += counter.mended;
  pauses.push(...counter.pauses);
  if (pauses.length === 0 && unfinished !== null) {
    const now = await mustFind(stores, eventId);
    const why = engineOf(now.strategy).pauseDoubt(now);
    if (why !== null) pauses.push(why);
  }
  const counterNow =
    pauses.length === 0 ? 0 : ((await readGate(stores.redis.of(eventId).client, eventId))?.issued ?? 0);
  advice.push(...pauses.flatMap((why) => pausedAdvice(eventId, why, counterNow)));
  return { repaired, advice };
}

/**
 * Makes the counter agree with the winners. A serial without a known claim becomes vacant only while the event is
 * paused.
 */
async function mendGateCounter(
  stores: Stores,
  event: EventRow,
  actor: Actor,
  judged: RoundJudgement,
  lost: number[],
): Promise<{ mended: number; pauses: string[] }> {
  const { eventId, strategy, currentRound: round } = event;
  const { standing } = await engineOf(event.strategy).snapshot(stores, event);
  if (standing.kind !== 'gate') return { mended: 0, pauses: [] };
  const keys = roundKeys(eventId, round);
  // The counter never goes above the stock.
  const highest = Math.min(judged.highest, standing.gate.stock);
  let mended = 0;
  const numbers = lost.length === 0 ? [[]] : inPieces(lost, mendedPerCallMax);
  for (const piece of numbers) {
    // Another repair may have returned these numbers, and a claim may have taken one of them since.
    const taken = await findStoredSerials(stores.db, { eventId, round, serials: piece });
    const stillLost = piece.filter((number) => !taken.has(number));
    const reply = await mendCounter(
      stores.redis.of(eventId).client,
      keys,
      { round, strategy },
      { highest, lost: stillLost },
    );
    if (reply.kind === 'mended' && reply.changed) mended += 1;
    if (reply.kind !== 'unpaused') continue;
    const why = 'serials are missing, and nobody is known to have them';
    const paused = await pause(stores, event, actor, `${why}: they may have been promised.`);
    const again = await mendCounter(stores.redis.of(eventId).client, keys, { round, strategy }, { highest });
    if (again.kind === 'mended' && again.changed) mended += 1;
    return { mended, pauses: paused ? [why] : [] };
  }
  return { mended, pauses: [] };
}

/** Pauses the event, as an admin would. Resolves to false if it was already paused or closed. */
async function pause(
  stores: Stores,
  { eventId, currentRound }: EventRow,
  actor: Actor,
  reason: string,
): Promise<boolean> {
  const { name, role, door } = actor;
  const asked = { action: 'event.pause', actor: name, role, door, reason, requestId: randomUUID(), inputHash: '' };
  const before = await mustFind(stores, eventId);
  // If a reset has begun a new round, the findings don't apply to it.
  const pauseRound: Change = (row, facts) => (row.currentRound === currentRound ? pauseEvent(row, facts) : row);
  if (before.currentRound !== currentRound) return false;
  try {
    await stores.db.$transaction((tx) =>
      changeLocked(stores, tx, { ...asked, atMs: stores.clock.nowMs() }, { eventId }, pauseRound),
    );
  } catch (err) {
    // A closed event issues nothing, so there is no need to pause it.
    if (err instanceof Fault && err.code === 'conflict') return false;
    throw err;
  }
  await catchUp(stores, eventId);
  return !before.roundRow.paused;
}

import { say } from '../../messages/message.ts';
import { pickInfo } from '../../events/event-fields.ts';
import { roundConfig, type EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { seedGate, trustGate, type SeedMode, type SeedReply } from '../../gate/gate-scripts.ts';
import { recordTrust } from '../../gate/gate-trust.ts';
import { readGate, sealOf, sealedAtMs, type Gate } from '../../gate/gate.ts';
import { mayHaveClaims, type GateEvidence } from '../../gate/missing-gate.ts';
import { adoptPastGate, readPastGate, replacePastGate, sameGate } from '../../gate/past-gate.ts';
import { syncGate } from '../../gate/sync-gate.ts';
import { gateKey } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import { lockToSeed, recordSeeded } from '../lock-to-seed.ts';
import { awaitPromised } from './promised-claims.ts';

/**
 * Makes the gate of a round in three steps: makes an inert gate, sets the row's `seededAt`, and trusts the gate. If a
 * process dies between two steps, its gate decides nothing, and the next call completes the work. So if the gate of an
 * open round is missing and the row has a `seededAt`, the gate is lost. After a reset, the first step replaces the
 * previous round's gate; until then, that gate decides in its own round. A round with a `seededAt` gets another gate
 * only if nothing can have been claimed: MySQL has no claim of the round, and the opening is still ahead by Redis's
 * clock and, with a margin, by MySQL's. Both stores are read while the event's row is locked. Safe to run twice and by
 * many processes at once. `late` and `leftover` mean that the round had a gate before, which is lost.
 */
export async function seedByGate(
  stores: Stores,
  { eventId, round }: { eventId: string; round: number },
  { strategy, firstGiven }: { strategy: StrategyName; firstGiven: 0 | null },
): Promise<SeedReply | 'elsewhere'> {
  const { db, redis, clock, log } = stores;
  // Read the run_id first. A Redis that restarts after this may load an older gate, which must not get the new
  // process's run_id.
  const link = redis.of(eventId);
  const runId = link.runId();
  const adopted = runId === undefined ? null : await adoptPastGate(stores, eventId, round);
  const { reply, inert, hasClaims, wasSeeded, event } = await db.$transaction(async (tx) => {
    const event = await lockToSeed(tx, eventId, round);
    if (event.strategy !== strategy)
      return { reply: 'elsewhere' as const, inert: null, hasClaims: false, wasSeeded: false, event };
    const before = event.roundRow.seededAtMs;
    if (runId === undefined) throw new Fault('unavailable', say('seed_redis_away', { eventId }));
    const found = await readPastGate(link.client, eventId, round);
    // Only a new round's gate may replace an unreadable one. If the round was seeded before, an unreadable gate is the
    // round's own gate, which is lost.
    const past = found !== null && found.gate === null && before !== null ? null : found;
    if (past !== null && !sameGate(adopted, past)) throw new Fault('unavailable', say('being_changed', { eventId }));
    // The new seal must be later than the existing one, even if the clock of the process that made the existing one was
    // ahead of ours.
    const thereAtMs = sealedAtMs(past === null ? await link.client.hget(gateKey(eventId), 'runId') : past.runId);
    const seededAtMs = Math.max(clock.nowMs(eventId), (before ?? 0) + 1, (thereAtMs ?? 0) + 1);
    const evidence = { ...(await readOpeningEvidence(tx, event.roundRow)), redisNowMs: clock.nowMs(eventId) };
    const mode = seedMode(event, evidence);
    const { hasClaims } = evidence;
    const sealBefore = before === null ? '' : sealOf(before);
    const gate = newGate(event, { runId: sealOf(seededAtMs), given: firstGiven });
    const reply =
      past === null
        ? await seedGate(link.client, eventId, gate, mode, { seal: sealBefore })
        : await replacePastGate(stores, tx, { eventId, gate, mode }, past);
    if (reply === 'newer') throw new Fault('unavailable', say('being_seeded', { eventId }));
    const wasSeeded = before !== null;
    const seen = { hasClaims, wasSeeded, event };
    if (reply !== 'seeded' && wasSeeded) return { reply, inert: { seal: sealBefore, runId }, ...seen };
    await recordSeeded(tx, event, seededAtMs);
    return { reply, inert: { seal: sealOf(seededAtMs), runId }, ...seen };
  });
  if (inert === null || reply === 'late' || reply === 'leftover') return reply;
  // An inert gate has accepted nothing. If MySQL has claims of its round, a newer gate accepted them.
  if (hasClaims) return sealedAtMs(await link.client.hget(gateKey(eventId), 'runId')) === null ? reply : 'late';
  // The gate may exist because its seeder died at this point, so trust it now. Another process may already have trusted
  // it.
  const there = await readGate(link.client, eventId);
  if (there?.runId !== inert.seal) return reply;
  if (wasSeeded && firstGiven === null) await refuseIfSold(stores, there, eventId, inert.runId);
  const count = await recordTrust(db, event, there, inert.runId);
  await trustGate(link.client, eventId, { round, issued: 0, runId: inert.seal }, inert.runId, count);
  if (reply === 'seeded') log.info({ event: 'gate_seeded', eventId, round }, 'gate seeded');
  return reply;
}

/**
 * Throws if claims may have been promised in a round that was seeded before: a stale replica may have received nothing
 * since then, so that its gate looks as if nobody had ever trusted it.
 */
async function refuseIfSold(stores: Stores, gate: Gate, eventId: string, runId: string): Promise<void> {
  const promised = await awaitPromised(stores, eventId, gate, runId);
  switch (promised.kind) {
    case 'there':
      // The gate of a stale replica may lack a pause that the row has.
      if (promised.version > gate.version) await syncGate(stores, eventId);
      return;
    case 'awaited':
      throw new Fault('unavailable', say('promises_awaited', { eventId }));
    case 'lost':
      throw new Fault('gate_lost', say('gate_lost', { eventId, detail: promised.detail }));
  }
}

function seedMode({ roundRow }: EventRow, evidence: GateEvidence): SeedMode {
  if (roundRow.seededAtMs === null) return evidence.hasClaims ? 'keep' : 'first';
  return mayHaveClaims(roundRow, evidence) ? 'keep' : 'again';
}

/** The gate of a round in which nobody has claimed. */
export function newGate(event: EventRow, { runId, given }: Pick<Gate, 'runId' | 'given'>): Gate {
  return {
    ...roundConfig(event),
    strategy: event.strategy,
    issued: 0,
    given,
    vacant: 0,
    reserved: event.roundRow.reserved,
    lastAtMs: 0,
    firstAtMs: null,
    soldOutAtMs: null,
    runId,
    codeKey: event.roundRow.codeKey,
    info: pickInfo(event),
    pendingChanges: '',
  };
}

import { pickInfo } from '../../events/event-fields.ts';
import { roundConfig, type EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { readOpeningEvidence } from '../../events/opening-evidence.ts';
import { seedGate, trustGate, type SeedMode, type SeedReply } from '../../gate/gate-scripts.ts';
import { sealOf, sealedAtMs, type Gate } from '../../gate/gate.ts';
import { mayHaveClaims, type GateEvidence } from '../../gate/missing-gate.ts';
import { adoptPastGate, readPastGate, replacePastGate, sameGate } from '../../gate/past-gate.ts';
import { gateKey } from '../../redis/keys.ts';
import { Fault } from '../../runtime/fault.ts';
import type { Stores } from '../../stores/stores.ts';
import { lockToSeed, recordSeeded } from '../lock-to-seed.ts';

/**
 * Makes the gate of a round: an inert one first, then its row says `seededAt`, then the gate is trusted. Whoever dies in
 * between leaves a gate that decides nothing, and the next call completes it. A gate that is missing although `seededAt`
 * is there is therefore known to be lost, once the round is open. The gate of a round before, which an event has that was
 * reset, gives way in the same step; until then it goes on deciding, in its own round.
 * A round that has a `seededAt` gets another gate only where nothing can have been claimed: MySQL has no claim of it, and
 * the opening is ahead by MySQL's clock, with a margin, and by Redis's. Both are asked while the event's row is locked.
 * Safe to run twice and by many at once. `late` and `leftover` mean that the gate was there before and is lost.
 */
export async function seedByGate(
  stores: Stores,
  { eventId, round }: { eventId: string; round: number },
  { strategy, firstGiven }: { strategy: StrategyName; firstGiven: 0 | null },
): Promise<SeedReply | 'elsewhere'> {
  const { db, redis, clock, log } = stores;
  // Before all else: a Redis that starts meanwhile may have an older gate, which this run_id does not vouch for.
  const runId = redis.runId();
  const adopted = runId === undefined ? null : await adoptPastGate(stores, eventId, round);
  const { reply, inert, told } = await db.$transaction(async (tx) => {
    const event = await lockToSeed(tx, eventId, round);
    if (event.strategy !== strategy) return { reply: 'elsewhere' as const, inert: null, told: false };
    const before = event.roundRow.seededAtMs;
    if (runId === undefined) throw new Fault('unavailable', `Event ${eventId} can't be seeded: Redis is unreachable.`);
    const found = await readPastGate(redis.client, eventId, round);
    // What can't be read gives way to a new round only: in a round that was seeded it stands for a gate that is lost.
    const past = found !== null && found.gate === null && before !== null ? null : found;
    if (past !== null && !sameGate(adopted, past)) throw new Fault('unavailable', `Event ${eventId} is being changed.`);
    // Later than whatever is there, whose seeder may have had a clock that was ahead of ours.
    const thereAtMs = sealedAtMs(past === null ? await redis.client.hget(gateKey(eventId), 'runId') : past.runId);
    const seededAtMs = Math.max(clock.nowMs(), (before ?? 0) + 1, (thereAtMs ?? 0) + 1);
    const evidence = { ...(await readOpeningEvidence(tx, event.roundRow)), redisNowMs: clock.nowMs() };
    const mode = seedMode(event, evidence);
    const told = evidence.hasClaims;
    const sealBefore = before === null ? '' : sealOf(before);
    const gate = newGate(event, { runId: sealOf(seededAtMs), given: firstGiven });
    const reply =
      past === null
        ? await seedGate(redis.client, eventId, gate, mode, { seal: sealBefore })
        : await replacePastGate(stores, tx, { eventId, gate, mode }, past);
    if (reply === 'newer') throw new Fault('unavailable', `Event ${eventId} is being seeded by somebody else.`);
    if (reply !== 'seeded' && before !== null) return { reply, inert: { seal: sealBefore, runId }, told };
    await recordSeeded(tx, event, seededAtMs);
    return { reply, inert: { seal: sealOf(seededAtMs), runId }, told };
  });
  if (inert === null || reply === 'late' || reply === 'leftover') return reply;
  // An inert gate has accepted nothing. If MySQL has claims of its round, another gate did, and this one is older than that.
  if (told) return sealedAtMs(await redis.client.hget(gateKey(eventId), 'runId')) === null ? reply : 'late';
  // A gate that was there may be one whose seeder died here. One that was trusted has another run_id, and is left alone.
  await trustGate(redis.client, eventId, { round, issued: 0, runId: inert.seal }, inert.runId);
  if (reply === 'seeded') log.info({ event: 'gate_seeded', eventId, round }, 'gate seeded');
  return reply;
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

import { Fault } from './fault.ts';
import { findRound, roundConfig, type EventRow } from './mysql/event-rows.ts';
import { seedGate, type SeedReply } from './redis/gate-scripts.ts';
import type { Gate } from './redis/gate.ts';
import type { Stores } from './stores.ts';
import { lockEvent, syncGate } from './sync-gate.ts';

/**
 * Makes the gate of a round. `seededAt` is committed before, so a gate that is missing later is known to be lost.
 * Safe to run twice and by many at once. `late` and `leftover` mean that the gate was there before and is lost.
 * A process that dies between commit and gate: before the opening the next one makes the gate; after it the round
 * counts as lost, because nobody can tell it from a gate that had claims.
 */
export async function seedRound(stores: Stores, eventId: string, round: number): Promise<SeedReply> {
  const { db, redis, clock, log } = stores;
  const runId = redis.runId();
  if (runId === undefined) throw new Fault('unavailable', `Event ${eventId} can't be seeded: Redis is unreachable.`);
  const { event, mode } = await db.$transaction(async (tx) => {
    // Not beside a change, which may still give an event that is not seeded another strategy.
    await lockEvent(tx, eventId);
    const marked = await tx.round.updateMany({
      where: { eventId, round, seededAt: null },
      data: { seededAt: new Date(clock.nowMs()) },
    });
    return { event: await findRound(tx, eventId, round), mode: marked.count === 1 ? 'first' : 'again' } as const;
  });
  if (event === null) throw new Fault('not_found', `There is no round ${round} of an event ${eventId}.`);
  const reply = await seedGate(redis.client, eventId, newGate(event, runId), mode);
  if (reply === 'seeded') {
    log.info({ event: 'gate_seeded', eventId, round, opensAtMs: event.roundRow.opensAtMs }, 'gate seeded');
    // The row may have changed between our reading and the gate.
    await syncGate(stores, eventId);
  }
  return reply;
}

/** The gate of a round in which nobody has claimed. */
export function newGate(event: EventRow, runId: string): Gate {
  const { name, description, amount, currency, timeZone, listed } = event;
  return {
    ...roundConfig(event),
    strategy: event.strategy,
    issued: 0,
    lastAtMs: 0,
    firstAtMs: null,
    soldOutAtMs: null,
    runId,
    codeKey: event.roundRow.codeKey,
    info: { name, description, amount, currency, timeZone, listed },
    carry: '',
  };
}

import { openCoder } from '../../core/claims/code.ts';
import { persistClaims } from '../../core/claims/persist-claims.ts';
import { findEvent } from '../../core/events/event-rows.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import type { BenchSystem } from '../system/bench-system.ts';

const claimsPerWrite = 2_000;

/** Creates an event whose round has `count` claims in both stores, as after a sale. Resolves to the event's id. */
export async function fillRound(system: BenchSystem, name: string, count: number): Promise<string> {
  const { db, redis } = system;
  // The worker would retire a sold-out round, so there is more stock than claims.
  const { id: eventId, round } = await system.createEvent({ name, stock: 2 * count });
  const event = await findEvent(db, eventId);
  if (event === null) throw new Error(`There is no event ${eventId}.`);
  const coder = openCoder(event.roundRow.codeKey);
  const keys = roundKeys(eventId, round);
  const claimedAtMs = Date.now();
  for (let from = 0; from < count; from += claimsPerWrite) {
    const claims = Array.from({ length: Math.min(claimsPerWrite, count - from) }, (_, i) => {
      const serial = from + i + 1;
      const userId = `user-${String(serial).padStart(9, '0')}`;
      return { serial, userId, claimedAtMs, code: coder(serial, userId), entryId: '1-1', position: i };
    });
    await persistClaims(db, { eventId, round, claims });
    await redis.hset(keys.winners, ...claims.flatMap(({ userId, serial }) => [userId, `${serial}:${claimedAtMs}`]));
  }
  await redis.hset(keys.gate, 'issued', count, 'lastAt', claimedAtMs, 'firstAt', claimedAtMs);
  return eventId;
}

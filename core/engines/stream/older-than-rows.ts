import { listClaims } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { toWinner } from '../../gate/winner-pages.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { Stores } from '../../stores/stores.ts';
import type { RoundSnapshot } from '../engine.ts';

/**
 * Whether MySQL has a claim above the counter, by a user who is not a winner in Redis. If so, Redis has gone back to an
 * older state.
 */
export async function isOlderThanRows(
  { db, redis }: Stores,
  event: EventRow,
  { standing, newestStored }: RoundSnapshot,
): Promise<boolean> {
  if (standing.kind !== 'gate' || newestStored === null) return false;
  const { issued, stock } = standing.gate;
  const { eventId, currentRound: round } = event;
  if (newestStored.serial <= issued || newestStored.serial > stock) return false;
  const [row] = await listClaims(db, { eventId, round, afterSerial: newestStored.serial - 1, limit: 1 });
  if (row === undefined) return false;
  const winner = await redis.of(eventId).client.hget(roundKeys(eventId, round).winners, row.userId);
  return winner === null || toWinner(row.userId, winner).serial !== row.serial;
}

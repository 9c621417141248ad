import { faultUserId, listUsersWithoutOpenFaults } from '../../claims/claim-faults.ts';
import { findClaimsOf } from '../../claims/claim-rows.ts';
import type { EventRow } from '../../events/event-rows.ts';
import { forgetSetAside } from '../../gate/gate-scripts.ts';
import { roundKeys } from '../../redis/keys.ts';
import { inPieces } from '../../runtime/in-pieces.ts';
import type { Stores } from '../../stores/stores.ts';

const usersPerCallMax = 200;

/**
 * Removes users from a round's set-aside hash if all their faults are settled, or MySQL has their claim. From then on,
 * only MySQL knows whether such a winner's claim is persisted, because a fault can be settled without storing the
 * claim. A user without any fault in MySQL stays in the hash. Resolves to how many users were removed. Safe to repeat:
 * MySQL is updated before Redis, and the sweep completes a removal that a dying process left undone.
 */
export async function forgetSettled(
  { db, redis }: Pick<Stores, 'db' | 'redis'>,
  { eventId, round }: { eventId: string; round: number },
): Promise<number> {
  const { setAside } = roundKeys(eventId, round);
  const marked = await redis.of(eventId).client.hkeys(setAside);
  if (marked.length === 0) return 0;
  const decided = await listUsersWithoutOpenFaults(db, eventId, round);
  const users = marked.filter((userId) => decided.has(faultUserId(userId)));
  let forgotten = 0;
  for (const piece of inPieces(users, usersPerCallMax)) {
    const settled = piece.some((userId) => decided.get(faultUserId(userId))?.lacking === true);
    forgotten += await forgetSetAside(redis.of(eventId).client, { eventId, round }, { users: piece, settled });
  }
  return forgotten;
}

/**
 * Removes users from the current round's set-aside hash if MySQL has their claims exactly as Redis does. A user stays
 * in the hash if a process stored the user's claim and died before it updated Redis. Resolves to how many users were
 * removed.
 */
export async function forgetStored({ db, redis }: Stores, event: EventRow): Promise<number> {
  const { eventId, currentRound: round } = event;
  const { setAside, winners } = roundKeys(eventId, round);
  let forgotten = 0;
  for (const userIds of inPieces(await redis.of(eventId).client.hkeys(setAside), usersPerCallMax)) {
    const winnerTexts = await redis.of(eventId).client.hmget(winners, ...userIds);
    const rows = new Map((await findClaimsOf(db, { eventId, round, userIds })).map((row) => [row.userId, row]));
    const stored = userIds.filter((userId, i) => {
      const row = rows.get(userId);
      return row !== undefined && winnerTexts[i] === `${row.serial}:${row.claimedAtMs}`;
    });
    if (stored.length > 0) forgotten += await redis.of(eventId).client.hdel(setAside, ...stored);
  }
  return forgotten;
}

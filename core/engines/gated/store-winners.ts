import { createHash } from 'node:crypto';
import { findFaultPlaces } from '../../claims/claim-faults.ts';
import { findClaimsOf } from '../../claims/claim-rows.ts';
import type { Coder } from '../../claims/code.ts';
import { persistClaims } from '../../claims/persist-claims.ts';
import { roundKeys } from '../../redis/keys.ts';
import { inPieces } from '../../runtime/in-pieces.ts';
import type { Stores } from '../../stores/stores.ts';
import { forgetSettled } from './forget-set-aside.ts';

type Winner = { serial: number; userId: string; claimedAtMs: number };

/**
 * Stores winners' claims in MySQL, as the drain of an outbox would: in `claims`, or, if MySQL can't store a claim, in
 * `claim_faults` with a mark that it was set aside. Safe to repeat. Resolves to how many were stored.
 */
export async function storeWinners(
  { db, redis }: Stores,
  { eventId, round, coder }: { eventId: string; round: number; coder: Coder },
  winners: readonly Winner[],
): Promise<number> {
  if (winners.length === 0) return 0;
  const places = await findPlaces(db, { eventId, round, winners });
  const claims = winners.map(({ serial, userId, claimedAtMs }) => ({
    ...{ serial, userId, claimedAtMs, code: coder(serial, userId) },
    ...(places.get(nameOf({ serial, userId })) ?? placeOf(serial, userId)),
  }));
  const { persisted, faults } = await persistClaims(db, { eventId, round, claims });
  const { setAside } = roundKeys(eventId, round);
  const faulty = new Set(faults.map(({ claim }) => claim.userId));
  const stored = winners.map(({ userId }) => userId).filter((userId) => !faulty.has(userId));
  if (stored.length > 0) await redis.of(eventId).client.hdel(setAside, ...stored);
  if (faults.length > 0) {
    await redis.of(eventId).client.hset(setAside, ...faults.flatMap(({ claim, reason }) => [claim.userId, reason]));
  }
  if (faults.some(({ settled }) => settled)) await forgetSettled({ db, redis }, { eventId, round });
  return persisted;
}

export async function storeUnstored(
  stores: Stores,
  round: { eventId: string; round: number; coder: Coder },
  winners: readonly Winner[],
): Promise<number> {
  const userIds = winners.map(({ userId }) => userId);
  const stored = new Set((await findClaimsOf(stores.db, { ...round, userIds })).map(({ userId }) => userId));
  const unstored = winners.filter(({ userId }) => !stored.has(userId));
  return storeWinners(stores, round, unstored);
}

/**
 * The outbox positions under which a drain or a repair has already recorded these winners' faults, so that no fault is
 * recorded twice.
 */
async function findPlaces(
  db: Stores['db'],
  { eventId, round, winners }: { eventId: string; round: number; winners: readonly Winner[] },
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const piece of inPieces([...winners], usersPerLook)) {
    const userIds = piece.map(({ userId }) => userId);
    for (const { serial, userId, ...place } of await findFaultPlaces(db, { eventId, round, userIds })) {
      const name = nameOf({ serial, userId });
      if (!places.has(name)) places.set(name, place);
    }
  }
  return places;
}

type Place = { entryId: string; position: number };

const usersPerLook = 1_000;

const nameOf = ({ serial, userId }: { serial: number; userId: string }): string => `${serial} ${userId}`;

/**
 * A made-up outbox position for a claim that is in no outbox. The same claim always gets the same position.
 * `claim_faults` takes each position once, so a repeated repair does not record a claim twice.
 */
function placeOf(serial: number, userId: string): Place {
  const named = createHash('sha256').update(nameOf({ serial, userId })).digest('hex').slice(0, 32);
  const position = Number.isSafeInteger(serial) && serial >= 0 && serial < 2 ** 32 ? serial : 0;
  return { entryId: `winner-${named}`, position };
}

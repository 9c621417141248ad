import { createHash } from 'node:crypto';
import type { Coder } from './code.ts';
import { roundKeys } from './keys.ts';
import { findClaimsOf } from './mysql/claim-rows.ts';
import { persistClaims } from './mysql/persist-claims.ts';
import type { Stores } from './stores.ts';

type Winner = { serial: number; userId: string; claimedAtMs: number };

/**
 * Stores winners' claims in MySQL, as the drain of an outbox would have: each is in `claims` then, or in `claim_faults` and
 * noted as set aside, until it can be stored. Safe to repeat. Resolves to how many were stored.
 */
export async function storeWinners(
  { db, redis }: Stores,
  { eventId, round, coder }: { eventId: string; round: number; coder: Coder },
  winners: readonly Winner[],
): Promise<number> {
  if (winners.length === 0) return 0;
  const claims = winners.map(({ serial, userId, claimedAtMs }) => ({
    ...{ serial, userId, claimedAtMs, code: coder(serial, userId) },
    ...placeOf(serial, userId),
  }));
  const { persisted, faults } = await persistClaims(db, { eventId, round, claims });
  const { setAside } = roundKeys(eventId, round);
  const faulty = new Set(faults.map(({ claim }) => claim.userId));
  const stored = winners.map(({ userId }) => userId).filter((userId) => !faulty.has(userId));
  if (stored.length > 0) await redis.client.hdel(setAside, ...stored);
  if (faults.length > 0) {
    await redis.client.hset(setAside, ...faults.flatMap(({ claim, reason }) => [claim.userId, reason]));
  }
  return persisted;
}

/** Stores those winners of a page that MySQL does not have; resolves to how many were stored. */
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
 * Where a claim was that is in no outbox, for `claim_faults`, which takes each place once: the same for the same claim, so
 * that a repeated repair does not note it twice.
 */
function placeOf(serial: number, userId: string): { entryId: string; position: number } {
  const named = createHash('sha256').update(`${serial} ${userId}`).digest('hex').slice(0, 32);
  const position = Number.isSafeInteger(serial) && serial >= 0 && serial < 2 ** 32 ? serial : 0;
  return { entryId: `winner-${named}`, position };
}

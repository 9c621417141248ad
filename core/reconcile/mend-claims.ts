import type { KnownClaim } from '../compare/compare-claims.ts';
import type { SerialSet } from '../compare/serial-set.ts';
import { storeWinners } from '../engines/gated/store-winners.ts';
import { mendedPerCallMax, putWinners } from '../gate/repair-scripts.ts';
import { roundKeys } from '../redis/keys.ts';
import type { ClaimCase, JudgedRound } from './claim-case.ts';

/** How to fix a user about whom the stores disagree. */
export type Cure =
  /** Store the winner's claim in MySQL, or set the claim aside if MySQL refuses it. */
  | { kind: 'store'; claim: KnownClaim }
  /** Make the claim's user a winner again. */
  | { kind: 'put'; claim: KnownClaim }
  /** The stores contradict each other, so a person has to decide which is right. */
  | { kind: 'ask' };

/** Finds the fix. `taken` holds the winners' serials. */
export function cureOf({ winner, outbox, stored, beingSettled }: ClaimCase, taken: SerialSet): Cure {
  const [waiting] = outbox;
  if (winner !== null) {
    return stored === null && waiting === undefined ? { kind: 'store', claim: winner } : { kind: 'ask' };
  }
  const claim = stored ?? waiting;
  if (claim === undefined || beingSettled || outbox.length > 1 || !Number.isSafeInteger(claim.serial)) {
    return { kind: 'ask' };
  }
  if (stored !== null && waiting !== undefined && stored.serial !== waiting.serial) return { kind: 'ask' };
  return taken.has(claim.serial) ? { kind: 'ask' } : { kind: 'put', claim };
}

/**
 * Fixes the claims about which the stores disagree, except those that a person has to decide. Call this right after
 * reading all these claims; the script also checks each of them again. Resolves to how many were fixed.
 */
export async function mendClaims(
  { stores, event, coder }: JudgedRound,
  amiss: readonly ClaimCase[],
  taken: SerialSet,
): Promise<number> {
  const { eventId, strategy, currentRound: round } = event;
  const toStore: KnownClaim[] = [];
  const toPut: KnownClaim[] = [];
  for (const found of amiss) {
    const cure = cureOf(found, taken);
    switch (cure.kind) {
      case 'store':
        toStore.push(cure.claim);
        break;
      case 'put':
        toPut.push(cure.claim);
        taken.add(cure.claim.serial);
        break;
      case 'ask':
    }
  }
  let mended = await storeWinners(stores, { eventId, round, coder }, toStore);
  const inOrder = toPut.toSorted((a, b) => a.serial - b.serial);
  for (let from = 0; from < inOrder.length; from += mendedPerCallMax) {
    const claims = inOrder.slice(from, from + mendedPerCallMax);
    // The script raises the counter only for units, or while the event is paused or closed.
    const keys = roundKeys(eventId, round);
    const results = await putWinners(stores.redis.of(eventId).client, keys, { round, strategy }, claims, {
      mayRaise: true,
    });
    mended += results.filter((result) => result === 'put').length;
  }
  return mended;
}

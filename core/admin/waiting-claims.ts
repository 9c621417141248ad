import { findStoredSerials } from '../claims/claim-rows.ts';
import type { AdminClaim } from '../claims/claim.ts';
import { openCoder } from '../claims/code.ts';
import type { WaitingClaim } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { say } from '../messages/message.ts';
import { asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimsBrowseQuery } from './claim-queries.ts';

type Page = { claims: AdminClaim[]; nextAfter: number | null };

/**
 * A page of a round's claims that are accepted but not yet in MySQL. A claim that MySQL stores meanwhile may be missing
 * from the page.
 */
export async function browseWaiting(stores: Stores, event: EventRow, query: ClaimsBrowseQuery): Promise<Page> {
  const { eventId, roundRow } = event;
  const { round } = roundRow;
  const { userId, serial, fromAtMs = -Infinity, untilAtMs = Infinity, order, after, limit } = query;
  const isAscending = order === 'asc';
  const found = (await readWaiting(stores, event)).filter(
    (claim) =>
      (userId === undefined || claim.userId === userId) &&
      (serial === undefined || claim.serial === serial) &&
      claim.claimedAtMs >= fromAtMs &&
      claim.claimedAtMs < untilAtMs &&
      (after === undefined || (isAscending ? claim.serial > after : claim.serial < after)),
  );
  const page = (isAscending ? found : found.toReversed()).slice(0, limit);
  const serials = page.map((claim) => claim.serial);
  // MySQL stores a batch before the batch leaves the outbox.
  const stored = await findStoredSerials(stores.db, { eventId, round, serials });
  const coder = openCoder(roundRow.codeKey);
  return {
    claims: page
      .filter((claim) => !stored.has(claim.serial))
      .map((claim) => ({
        ...claim,
        ...{ eventId, round, code: coder(claim.serial, claim.userId), persistedAtMs: null },
        state: 'accepted',
      })),
    nextAfter: found.length > limit ? (serials.at(-1) ?? null) : null,
  };
}

async function readWaiting(stores: Stores, event: EventRow): Promise<WaitingClaim[]> {
  const engine = engineOf(event.strategy);
  if (engine.outOfRedis(event) !== null) return [];
  try {
    return await engine.waitingList(stores, event);
  } catch (err) {
    throw asUnavailable(err, say('redis_unreachable'));
  }
}

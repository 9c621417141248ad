import { givesUnits } from './event.ts';
import { roundKeys } from './keys.ts';
import { listClaims } from './mysql/claim-rows.ts';
import { findEvent, type EventRow } from './mysql/event-rows.ts';
import { seedGate } from './redis/gate-scripts.ts';
import { newGate } from './seed-round.ts';
import type { Stores } from './stores.ts';
import { syncGate } from './sync-gate.ts';

const claimsPerPage = 1_000;

/**
 * Puts a retired round back into Redis: winners first, then the gate, then the row says that it is no longer retired.
 * The row's `rebuildingAt` is set before, so whoever dies in the middle is followed by the sweep. Safe to run twice and
 * at once: the winners are the same whoever writes them, and the gate is made only when they are complete.
 */
export async function rebuildRound(stores: Stores, eventId: string): Promise<void> {
  const { db, redis } = stores;
  const event = await findEvent(db, eventId);
  if (event === null || event.roundRow.rebuildingAtMs === null) return;
  const runId = redis.runId();
  if (runId === undefined) throw new Error(`Event ${eventId} can't be put back into Redis: Redis is unreachable.`);
  const { count, highest, gaps, misplaced, lastAtMs } = await putWinners(stores, event);
  const { firstClaimAtMs, soldOutAtMs, stock } = event.roundRow;
  const gate = {
    ...newGate(event, runId),
    issued: count,
    given: givesUnits(event.strategy) ? highest : null,
    lastAtMs,
    firstAtMs: firstClaimAtMs,
    soldOutAtMs: count >= stock ? soldOutAtMs : null,
  };
  const units = givesUnits(event.strategy) ? { returned: gaps, regiven: misplaced } : {};
  const reply = await seedGate(redis.client, eventId, gate, 'rebuilt', units);
  if (reply === 'late' || reply === 'leftover') {
    throw new Error(
      `Event ${eventId} is not back in Redis: its winners changed meanwhile (${reply}). It is tried again.`,
    );
  }
  // Where a retirement had not unlinked the gate yet, the newer version keeps it from doing so.
  if (reply === 'exists') await syncGate(stores, eventId);
  if ((await redis.client.exists(roundKeys(eventId, event.currentRound).gate)) === 0) {
    throw new Error(`Event ${eventId} is not back in Redis: it was retired meanwhile. It is tried again.`);
  }
  await db.round.update({
    where: { eventId_round: { eventId, round: event.currentRound } },
    data: { retiredAt: null, unlinkedAt: null, rebuildingAt: null, verifiedAt: null },
    select: { round: true },
  });
}

/**
 * What MySQL has of a round; `gaps` are the serials below the highest that no claim has, `misplaced` those of claims that
 * are younger than one above them.
 */
type PutWinners = { count: number; highest: number; gaps: number[]; misplaced: number[]; lastAtMs: number };

async function putWinners(stores: Stores, event: EventRow): Promise<PutWinners> {
  const { eventId, currentRound: round } = event;
  const { winners } = roundKeys(eventId, round);
  const gaps: number[] = [];
  const misplaced: number[] = [];
  /** Claims none of which is younger than a later one of them. */
  const rising: { serial: number; claimedAtMs: number }[] = [];
  let count = 0;
  let afterSerial = 0;
  let lastAtMs = 0;
  for (;;) {
    const claims = await listClaims(stores.db, { eventId, round, afterSerial, limit: claimsPerPage });
    const last = claims.at(-1);
    if (last === undefined) return { count, highest: afterSerial, gaps, misplaced, lastAtMs };
    await stores.redis.client.hset(winners, ...claims.flatMap((c) => [c.userId, `${c.serial}:${c.claimedAtMs}`]));
    for (const { serial, claimedAtMs } of claims) {
      for (let gap = afterSerial + 1; gap < serial; gap += 1) gaps.push(gap);
      afterSerial = serial;
      lastAtMs = Math.max(lastAtMs, claimedAtMs);
      for (
        let before = rising.at(-1);
        before !== undefined && before.claimedAtMs > claimedAtMs;
        before = rising.at(-1)
      ) {
        misplaced.push(before.serial);
        rising.pop();
      }
      rising.push({ serial, claimedAtMs });
    }
    count += claims.length;
  }
}

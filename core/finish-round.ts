import { drainOutbox } from './drain.ts';
import { roundKeys } from './keys.ts';
import { countClaims } from './mysql/claim-rows.ts';
import type { EventRow } from './mysql/event-rows.ts';
import { retireRoundInRedis } from './redis/gate-scripts.ts';
import type { Stores } from './stores.ts';
import { lockEvent } from './sync-gate.ts';

/**
 * Drains a round that takes no more claims and verifies that MySQL has as many claims as Redis has winners.
 * Notes it in the row; resolves to whether it is so. A difference is logged and left to a reconcile.
 */
export async function finishRound(stores: Stores, event: EventRow): Promise<boolean> {
  const { db, redis, clock, log } = stores;
  const { eventId, round } = event.roundRow;
  await drainOutbox(stores, eventId, round);
  const issued = await redis.client.hlen(roundKeys(eventId, round).winners);
  const persisted = await countClaims(db, eventId, round);
  if (issued !== persisted) {
    log.error(
      { event: 'round_differs', eventId, round, issued, persisted },
      'Redis and MySQL differ; reconcile the event',
    );
    return false;
  }
  await db.round.update({
    where: { eventId_round: { eventId, round } },
    data: { verifiedAt: new Date(clock.nowMs()) },
    select: { round: true },
  });
  return true;
}

/**
 * Takes a finished round out of Redis; its row says so first, so that a missing gate is not taken for a lost one.
 * Resolves to whether it is out. Safe to run twice, also after a death between row and Redis, and beside a top-up:
 * that gives the event a newer version, which both steps refuse.
 */
export async function retireRound(stores: Stores, event: EventRow): Promise<boolean> {
  const { db, redis, clock, log } = stores;
  const { eventId, round, retiredAtMs } = event.roundRow;
  if (retiredAtMs === null) {
    if (!(await finishRound(stores, event))) return false;
    const marked = await db.$transaction(async (tx) => {
      const { version } = await lockEvent(tx, eventId);
      if (version !== event.version) return false;
      await tx.round.update({
        where: { eventId_round: { eventId, round } },
        data: { retiredAt: new Date(clock.nowMs()) },
        select: { round: true },
      });
      return true;
    });
    if (!marked) return false;
  }
  const reply = await retireRoundInRedis(redis.client, eventId, round, event.version);
  if (reply !== 'retired') return false;
  await db.round.updateMany({
    where: { eventId, round, retiredAt: { not: null }, rebuildingAt: null },
    data: { unlinkedAt: new Date(clock.nowMs()) },
  });
  log.info({ event: 'round_retired', eventId, round }, 'round taken out of Redis');
  return true;
}

import { drainOutbox } from './drain.ts';
import { givesUnits } from './event.ts';
import { roundKeys } from './keys.ts';
import { countClaims, highestSerial } from './mysql/claim-rows.ts';
import type { EventRow } from './mysql/event-rows.ts';
import { retireRoundInRedis } from './redis/gate-scripts.ts';
import { countUnstored } from './store-winners.ts';
import type { Stores } from './stores.ts';
import { lockEvent } from './sync-gate.ts';
import { judgeUnits } from './units/judge-units.ts';

/** What a process remembers from one look at finished rounds to the next, and when it has to stop. */
export type FinishOptions = {
  signal?: AbortSignal | undefined;
  /** Rounds that were found to differ: the state in which they were, and when they are looked at again in any case. */
  differences?: Map<string, { state: string; persisted: number; untilMs: number }> | undefined;
};

/** A difference that nothing changes is looked at this often: counting a round of 10 million takes 2.4 s each time. */
const differenceHoldsMs = 60_000;

/**
 * Drains a round that takes no more claims, or settles its units, and verifies that MySQL has as many claims as Redis has winners.
 * Notes it in the row; resolves to whether Redis is needed no more. A difference is logged once and left to a reconcile.
 */
export async function finishRound(
  stores: Stores,
  event: EventRow,
  { signal, differences }: FinishOptions = {},
): Promise<boolean> {
  const { db, redis, clock, log } = stores;
  const { eventId, round } = event.roundRow;
  const keys = roundKeys(eventId, round);
  const id = `${eventId}/${round}`;
  const stateNow = async (): Promise<string> =>
    [
      event.version,
      await redis.client.hlen(keys.winners),
      await redis.client.xlen(keys.outbox),
      await highestSerial(db, eventId, round),
    ].join('/');
  const known = differences?.get(id);
  if (known !== undefined && performance.now() < known.untilMs && known.state === (await stateNow())) return false;

  await drainOutbox(stores, eventId, round, { signal });
  if (signal?.aborted) return false;
  // Units were taken before the end, and are being written.
  if (givesUnits(event.strategy) && (await judgeUnits(stores, event)).open > 0) return false;
  const issued = await redis.client.hlen(keys.winners);
  // The gate of a round that was reset after Redis had lost it is another's by now: what MySQL has is all that there is.
  if (issued === 0 && event.currentRound !== round) return true;
  const persisted = await countClaims(db, eventId, round);
  if (issued !== persisted) {
    // Decided at the very closing time, and on its way.
    if ((await redis.client.xlen(keys.outbox)) > 0) return false;
    // A reset came while the round was being put back: what Redis has is a part of what MySQL has, and nobody asks for it.
    const isPast = event.currentRound !== round;
    if (isPast && issued < persisted && (await countUnstored(stores, eventId, round)) === 0) return true;
    const state = await stateNow();
    differences?.set(id, { state, persisted, untilMs: performance.now() + differenceHoldsMs });
    if (known?.state !== state || known.persisted !== persisted) {
      log.error(
        { event: 'round_differs', eventId, round, issued, persisted },
        'Redis and MySQL differ; reconcile the event',
      );
    }
    return false;
  }
  differences?.delete(id);
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
export async function retireRound(stores: Stores, event: EventRow, options: FinishOptions = {}): Promise<boolean> {
  const { db, redis, clock, log } = stores;
  const { eventId, round, retiredAtMs } = event.roundRow;
  if (retiredAtMs === null) {
    if (!(await finishRound(stores, event, options))) return false;
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

import { countUnsettledFaults } from '../claims/claim-faults.ts';
import { newestClaim } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import type { FinishOptions } from '../engines/finishing.ts';
import { matchWinners } from '../engines/gated/winner-match.ts';
import { findEvent, type EventRow } from '../events/event-rows.ts';
import { eventPhase } from '../events/phase.ts';
import { isWrongType } from '../gate/gate.ts';
import { lockEvent } from '../gate/sync-gate.ts';
import { roundKeys } from '../redis/keys.ts';
import type { Stores } from '../stores/stores.ts';
import { retireRound } from './finish-round.ts';

/**
 * Retires the current round of an event whose gate is gone, if no claim can be lost. None can be lost if the round is
 * closed permanently, a check after the closing found all of its claims in MySQL, and Redis has nothing of the round
 * that MySQL lacks. MySQL then answers replays, as for every retired round, and no repair is needed. Resolves to
 * whether the round is retired.
 *
 * A gate that exists but can't be trusted (damaged, older than MySQL) is left to an operator, because it may have
 * pending changes. Safe to run twice, and during a repair: this function and the repair mark the row under the event's
 * lock, and neither touches a row that the other has marked. Throws if a store does not answer.
 */
export async function retireLostRound(stores: Stores, event: EventRow, options: FinishOptions = {}): Promise<boolean> {
  const { db, clock } = stores;
  const { eventId, round } = event.roundRow;
  if (!isSettled(event, clock.nowMs()) || !(await hasNothingToLose(stores, event))) return false;
  const isMarked = await db.$transaction(async (tx) => {
    const now = await lockEvent(tx, eventId);
    if (now.version !== event.version || !isSettled(now, clock.nowMs())) return false;
    await tx.round.update({
      where: { eventId_round: { eventId, round } },
      data: { retiredAt: new Date(clock.nowMs()) },
      select: { round: true },
    });
    return true;
  });
  if (!isMarked) return false;
  const retired = await findEvent(db, eventId);
  if (retired?.currentRound === round) await retireRound(stores, retired, options);
  return true;
}

/**
 * Whether the row says that the round is closed, was verified after the closing, and is neither retired nor being
 * rebuilt.
 */
function isSettled(event: EventRow, nowMs: number): boolean {
  const { currentRound, strategy, roundRow } = event;
  const { round, closedAtMs, retiredAtMs, rebuildingAtMs } = roundRow;
  if (currentRound !== round || retiredAtMs !== null || rebuildingAtMs !== null) return false;
  const phase = eventPhase({ ...roundRow, closed: closedAtMs !== null, issued: 0 }, nowMs);
  return phase === 'closed' && engineOf(strategy).isStored(event);
}

async function hasNothingToLose(stores: Stores, event: EventRow): Promise<boolean> {
  const { eventId, strategy, version, roundRow } = event;
  const { client } = stores.redis.of(eventId);
  const { round } = roundRow;
  const { gate, ...parts } = roundKeys(eventId, round);
  const { outbox, attempts, winners } = parts;
  if ((await client.exists(gate, attempts)) > 0) return false;
  // A stream's key remains when its last entry is gone, so count the entries.
  const waiting = await client.xlen(outbox).catch(unlessWrongType(1));
  if (waiting > 0) return false;
  // Set-aside claims were promised, and an operator has to settle them first.
  if ((await countUnsettledFaults(stores.db, eventId, round)) > 0) return false;
  // If the gate had issued claims but MySQL has none, Redis was already empty when the round was verified, so the
  // verification proves nothing.
  const newest = await newestClaim(stores.db, eventId, round);
  if (engineOf(strategy).lacksAll(event, newest)) return false;
  // Winners that MySQL lacks stay in Redis until a repair. Don't compare them again until something changes, because
  // reading a million of them every 5 s would give the same result.
  const winnerCount = await client.hlen(winners).catch(unlessWrongType(-1));
  const key = `unstored ${eventId}/${round}`;
  const isNew = stores.logged.isNew(key, [version, newest?.serial, winnerCount].join('/'));
  if (winnerCount < 0 || !isNew) return false;
  let isWhole = false;
  try {
    const { unstored, unexplainedRows } = await matchWinners(stores, event);
    // If every part of the round is gone, MySQL has everything, as was verified. If only some parts are gone, nobody
    // knows which claims they held.
    const isGone = (await client.exists(...Object.values(parts))) === 0;
    isWhole = unstored === 0 && (isGone || unexplainedRows === 0);
    return isWhole;
  } finally {
    // If this process fails before the round is retired, the next sweep has to compare again.
    if (isWhole) stores.logged.clear(key);
  }
}

/** Returns `otherwise` as the count of a key that another program wrote with a different type. */
const unlessWrongType =
  (otherwise: number) =>
  (err: unknown): number => {
    if (isWrongType(err)) return otherwise;
    throw err;
  };

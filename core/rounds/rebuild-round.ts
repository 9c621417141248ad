import { say } from '../messages/message.ts';
import { claimPages } from '../claims/claim-pages.ts';
import { openCoder } from '../claims/code.ts';
import type { RebuiltRows } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import { forgetSettled } from '../engines/gated/forget-set-aside.ts';
import { newGate } from '../engines/gated/seed-gate.ts';
import { storeUnstored } from '../engines/gated/store-winners.ts';
import { findEvent, type EventRow } from '../events/event-rows.ts';
import { rebuiltMark } from '../failover/proven-serials.ts';
import { seedGate } from '../gate/gate-scripts.ts';
import { recordTrust } from '../gate/gate-trust.ts';
import { clearLost, fillWinners } from '../gate/repair-scripts.ts';
import { syncGate } from '../gate/sync-gate.ts';
import { winnerPages } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

const claimsPerPage = 1_000;

/**
 * Puts a retired or lost round back into Redis: stores in MySQL what is left of a lost round, puts the winners back
 * from MySQL, makes the gate, and records in the row that the round is complete.
 *
 * The caller has set the row's `rebuildingAt`, so if a process dies before the end, the sweep continues. Safe to run
 * twice and at the same time: every process writes the same winners, and the gate is made only when they are complete.
 * A lost gate's counter begins above every known serial. Serials below that without a claim stay `vacant`, because they
 * may have been promised.
 */
export async function rebuildRound(stores: Stores, eventId: string): Promise<void> {
  const { db, redis } = stores;
  const event = await findEvent(db, eventId);
  if (event === null || event.roundRow.rebuildingAtMs === null) return;
  const link = redis.of(eventId);
  const runId = link.runId();
  if (runId === undefined) throw new Error(`Event ${eventId} can't be put back into Redis: Redis is unreachable.`);
  const engine = engineOf(event.strategy);
  const isRetired = event.roundRow.retiredAtMs !== null;
  // A retired round's counter never goes back, because a serial without a claim may have been promised.
  const promisedTo = isRetired ? (event.roundRow.retiredCounter ?? 0) : await gatherLost(stores, event);
  const { lastAtMs, ...rows } = await putWinners(stores, event, promisedTo);
  const { count } = rows;
  const { firstClaimAtMs, soldOutAtMs, stock } = event.roundRow;
  const { issued, given, places } = engine.rebuilt(event, rows);
  const inert = newGate(event, { runId, given });
  const gate = {
    ...inert,
    trustCount: await recordTrust(db, event, inert, runId),
    histories: `${rebuiltMark} ${issued}`,
    issued,
    vacant: Math.max(0, issued - count),
    lastAtMs,
    firstAtMs: firstClaimAtMs,
    soldOutAtMs: issued >= stock ? (soldOutAtMs ?? lastAtMs) : null,
  };
  const reply = await seedGate(link.client, eventId, gate, 'rebuilt', places);
  if (reply === 'late' || reply === 'leftover') {
    throw new Fault('conflict', say('not_rebuilt', { eventId, reply }));
  }
  // This gives the gate a newer version, which stops a retirement that has not unlinked the gate yet.
  if (reply === 'exists') await syncGate(stores, eventId);
  if ((await link.client.exists(roundKeys(eventId, event.currentRound).gate)) === 0) {
    throw new Error(`Event ${eventId} is not back in Redis: it was retired during the rebuild. The sweep tries again.`);
  }
  await forgetSettled(stores, { eventId, round: event.currentRound });
  await db.round.update({
    where: { eventId_round: { eventId, round: event.currentRound } },
    data: { retiredAt: null, unlinkedAt: null, rebuildingAt: null, retiredCounter: null, verifiedAt: null },
    select: { round: true },
  });
}

/**
 * Saves what a lost round has left in Redis. Stores its outbox and its winners in MySQL, because they are claims.
 * Removes its units, because they mean nothing without their gate; first waits for inserts of units that may still be
 * on their way. Resolves to the highest serial of a winner, or 0 if there is none.
 */
async function gatherLost(stores: Stores, event: EventRow): Promise<number> {
  const { eventId, currentRound: round, roundRow, strategy } = event;
  const engine = engineOf(strategy);
  const keys = roundKeys(eventId, round);
  const cleared = await clearLost(stores.redis.of(eventId).client, keys, {});
  if (cleared) await engine.awaitWriters();
  await engine.drain(stores, { eventId, round });
  const coder = openCoder(roundRow.codeKey);
  let highest = 0;
  for await (const winners of winnerPages(stores.redis.of(eventId), keys.winners)) {
    await storeUnstored(stores, { eventId, round, coder }, winners);
    for (const { serial } of winners) if (serial <= roundRow.stock) highest = Math.max(highest, serial);
  }
  return highest;
}

type PutWinners = RebuiltRows & { lastAtMs: number };

async function putWinners(stores: Stores, event: EventRow, promisedTo: number): Promise<PutWinners> {
  const { eventId, currentRound: round } = event;
  const keys = roundKeys(eventId, round);
  const gaps: number[] = [];
  const misplaced: number[] = [];
  /** The claims so far that are no younger than any claim with a higher serial, in serial order. */
  const rising: { serial: number; claimedAtMs: number }[] = [];
  let count = 0;
  let afterSerial = 0;
  let lastAtMs = 0;
  for await (const claims of claimPages(stores.db, { eventId, round, pageSize: claimsPerPage })) {
    // Existing winners are left unchanged; if MySQL has a different claim, an operator decides. If the round already
    // has a deciding gate, another process was faster.
    if ((await fillWinners(stores.redis.of(eventId).client, keys, claims)) === null) break;
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
  const kept = await putFaults(stores, event, { count, highest: afterSerial, lastAtMs }, promisedTo);
  return { ...kept, highestStored: afterSerial, gaps, misplaced };
}

type Counted = Pick<PutWinners, 'count' | 'highest' | 'lastAtMs'>;

/**
 * Puts back the claims that were set aside although they were promised: their users are winners, and keep their
 * serials.
 */
async function putFaults(
  { db, redis }: Stores,
  event: EventRow,
  fromRows: Counted,
  promisedTo: number,
): Promise<Counted> {
  const { eventId, currentRound: round, roundRow, strategy } = event;
  const { client } = redis.of(eventId);
  const { setAside, winners, ...others } = roundKeys(eventId, round);
  let { count, lastAtMs } = fromRows;
  let highest = Math.max(fromRows.highest, promisedTo);
  for (const fault of await engineOf(strategy).promisedFaults(db, event)) {
    const { serial, userId, claimedAtMs, reason } = fault;
    if (serial > roundRow.stock) continue;
    const put = await fillWinners(client, { ...others, setAside, winners }, [fault]);
    if (put === null) break;
    // If the user is a winner with a different serial, nobody has this fault's serial, but it may have been promised to
    // the user.
    highest = Math.max(highest, serial);
    // A process that died here may already have put this winner back.
    if ((await client.hget(winners, userId)) !== `${serial}:${claimedAtMs}`) continue;
    count += 1;
    lastAtMs = Math.max(lastAtMs, claimedAtMs);
    // This includes claims that an operator has settled: `forgetSettled` has to record in the gate that MySQL lacks
    // them.
    await client.hset(setAside, userId, reason);
  }
  // A lost round may have winners who contradict MySQL. They stay winners, and an operator decides.
  if (roundRow.retiredAtMs === null) count = await client.hlen(winners);
  return { count, highest, lastAtMs };
}

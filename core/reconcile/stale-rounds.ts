import { openCoder } from '../claims/code.ts';
import { engineOf } from '../engines/engines.ts';
import { storeUnstored } from '../engines/gated/store-winners.ts';
import { matchWinners } from '../engines/gated/winner-match.ts';
import { outboxState } from '../engines/stream/outbox.ts';
import { findRound, type EventRow } from '../events/event-rows.ts';
import { isWrongType } from '../gate/gate.ts';
import { retireRoundInRedis } from '../gate/retire-scripts.ts';
import { winnerPages } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import type { Stores } from '../stores/stores.ts';

/** An older round's claims are drained by the sweep within seconds; what waits longer is left behind. */
const waitsMaxMs = 15_000;

/**
 * What an older round has in Redis that should not be there any more. `waits`: claims that nobody moves to MySQL. `differs`:
 * winners whom MySQL has otherwise or not at all, which keeps the round in Redis. `unlinked`: MySQL says that it was taken out.
 */
export type StaleRound = { round: number; kind: 'waits' | 'differs' | 'unlinked'; detail: string };

/** Looks at every older round of an event. Throws when a store does not answer. */
export async function findStaleRounds(stores: Stores, event: EventRow): Promise<StaleRound[]> {
  const stale: StaleRound[] = [];
  for (const round of engineOf(event.strategy).pastRounds(event)) {
    const found = await findStaleRound(stores, event, round);
    if (found !== null) stale.push(found);
  }
  return stale;
}

async function findStaleRound(stores: Stores, event: EventRow, round: number): Promise<StaleRound | null> {
  const { db, redis, clock } = stores;
  const { eventId } = event;
  const row = await findRound(db, eventId, round);
  const keys = roundKeys(eventId, round);
  const outbox = await outboxState(redis.client, eventId, round, row?.roundRow.reserved ?? '').catch((err: unknown) => {
    if (isWrongType(err)) return { claims: 0, oldestAtMs: null };
    throw err;
  });
  const unlinked = row === null || row.roundRow.unlinkedAtMs !== null;
  const leftovers = await redis.client.exists(keys.winners, keys.outbox, keys.setAside, keys.attempts, keys.returned);
  if (unlinked) {
    if (leftovers === 0) return null;
    const detail = `round ${round} was taken out of Redis, and something of it is there: ${outbox.claims} claims wait`;
    return { round, kind: 'unlinked', detail };
  }
  const { claims, oldestAtMs } = outbox;
  if (oldestAtMs !== null && clock.nowMs() - oldestAtMs >= waitsMaxMs) {
    const detail = `${claims} claims of round ${round} have waited since ${isoTime(oldestAtMs)}`;
    return { round, kind: 'waits', detail };
  }
  // Until a reset has reached the gate, claims are still decided in the round before.
  if (leftovers === 0 || event.roundRow.seededAtMs === null || row.roundRow.retiredAtMs !== null) return null;
  return findDifference(stores, row, claims);
}

/**
 * What keeps the sweep from taking a round out of Redis. MySQL may still lack the `waiting` claims, which were counted
 * before: the round gets no new ones.
 */
async function findDifference(stores: Stores, event: EventRow, waiting: number): Promise<StaleRound | null> {
  const { eventId, round } = event.roundRow;
  const keys = roundKeys(eventId, round);
  try {
    if ((await stores.redis.client.hlen(keys.attempts)) > 0) return null;
    if ((await stores.redis.client.hlen(keys.winners)) === 0) return null;
    // What MySQL has more of is no reason to keep it.
    const { winners, unstored } = await matchWinners(stores, event);
    const differing = unstored - waiting;
    if (differing <= 0) return null;
    const detail = `round ${round} has ${winners} winners in Redis; MySQL lacks ${differing} of them or has them differently`;
    return { round, kind: 'differs', detail };
  } catch (err) {
    if (!isWrongType(err)) throw err;
    return { round, kind: 'differs', detail: `somebody else wrote to what Redis has of round ${round}` };
  }
}

/**
 * Moves what waits, and winners whom MySQL does not have, into their own round, and takes a round out of Redis that MySQL
 * says is out. The sweep takes out another one as soon as it does not differ any more.
 */
export async function mendStaleRound(stores: Stores, event: EventRow, { round, kind }: StaleRound): Promise<void> {
  const { eventId } = event;
  await engineOf(event.strategy).drain(stores, { eventId, round });
  const row = await findRound(stores.db, eventId, round);
  if (row === null) return;
  const coder = openCoder(row.roundRow.codeKey);
  for await (const winners of winnerPages(stores.redis, roundKeys(eventId, round).winners)) {
    await storeUnstored(stores, { eventId, round, coder }, winners);
  }
  if (kind !== 'unlinked') return;
  const { winners, unstored } = await matchWinners(stores, row);
  if (unstored !== 0) return;
  const { version } = event;
  await retireRoundInRedis(stores.redis.client, 'end', { eventId, round, version, winners, token: '' });
}

const isoTime = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'an unknown time');

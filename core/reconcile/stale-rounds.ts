import { openCoder } from '../claims/code.ts';
import { engineOf } from '../engines/engines.ts';
import { storeUnstored } from '../engines/gated/store-winners.ts';
import { matchWinners } from '../engines/gated/winner-match.ts';
import { outboxState } from '../engines/stream/outbox.ts';
import { findRound, type EventRow } from '../events/event-rows.ts';
import { isWrongType } from '../gate/gate.ts';
import { retireRoundInRedis } from '../gate/retire-scripts.ts';
import { winnerPages } from '../gate/winner-pages.ts';
import { say, type Message } from '../messages/message.ts';
import { roundKeys } from '../redis/keys.ts';
import type { Stores } from '../stores/stores.ts';

/** The sweep drains an older round's claims within seconds. Claims that have waited longer than this are stale. */
const waitsMaxMs = 15_000;

/**
 * Something of an older round that should no longer be in Redis. `waits`: claims that nothing moves to MySQL.
 * `differs`: winners that MySQL lacks, or about whom MySQL has different data, which keeps the round in Redis.
 * `unlinked`: leftovers of a round that MySQL records as removed from Redis.
 */
export type StaleRound = { round: number; kind: 'waits' | 'differs' | 'unlinked'; found: Message };

/** Looks at every older round of an event. Throws if a store does not answer. */
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
  const outbox = await outboxState(redis.of(eventId).client, eventId, round, row?.roundRow.reserved ?? '').catch(
    (err: unknown) => {
      if (isWrongType(err)) return { claims: 0, oldestAtMs: null };
      throw err;
    },
  );
  const unlinked = row === null || row.roundRow.unlinkedAtMs !== null;
  const leftovers = await redis
    .of(eventId)
    .client.exists(keys.winners, keys.outbox, keys.setAside, keys.attempts, keys.returned);
  if (unlinked) {
    if (leftovers === 0) return null;
    return { round, kind: 'unlinked', found: say('found_leftovers', { round, claims: outbox.claims }) };
  }
  const { claims, oldestAtMs } = outbox;
  if (oldestAtMs !== null && clock.nowMs() - oldestAtMs >= waitsMaxMs) {
    const since = Number.isFinite(oldestAtMs) ? new Date(oldestAtMs).toISOString() : null;
    return { round, kind: 'waits', found: say('found_claims_wait', { round, claims, since }) };
  }
  // Until a reset has reached the gate, claims are still decided in the previous round, which may have data in Redis.
  if (leftovers === 0 || event.roundRow.seededAtMs === null || row.roundRow.retiredAtMs !== null) return null;
  return findDifference(stores, row, claims);
}

/**
 * What keeps the sweep from removing a round from Redis. Before this call, the outbox had `waiting` claims, which MySQL
 * may still lack; the round gets no new claims.
 */
async function findDifference(stores: Stores, event: EventRow, waiting: number): Promise<StaleRound | null> {
  const { eventId, round } = event.roundRow;
  const keys = roundKeys(eventId, round);
  try {
    if ((await stores.redis.of(eventId).client.hlen(keys.attempts)) > 0) return null;
    if ((await stores.redis.of(eventId).client.hlen(keys.winners)) === 0) return null;
    // A claim that only MySQL has does not require keeping the round.
    const { winners, unstored } = await matchWinners(stores, event);
    const differing = unstored - waiting;
    if (differing <= 0) return null;
    return { round, kind: 'differs', found: say('found_round_differs', { round, winners, differing }) };
  } catch (err) {
    if (!isWrongType(err)) throw err;
    return { round, kind: 'differs', found: say('found_round_overwritten', { round }) };
  }
}

/**
 * Stores the round's pending claims in MySQL, and the winners that MySQL lacks. If MySQL records the round as removed
 * from Redis, also removes its leftovers. The sweep removes any other round once its winners no longer differ.
 */
export async function mendStaleRound(stores: Stores, event: EventRow, { round, kind }: StaleRound): Promise<void> {
  const { eventId } = event;
  await engineOf(event.strategy).drain(stores, { eventId, round });
  const row = await findRound(stores.db, eventId, round);
  if (row === null) return;
  const coder = openCoder(row.roundRow.codeKey);
  for await (const winners of winnerPages(stores.redis.of(eventId), roundKeys(eventId, round).winners)) {
    await storeUnstored(stores, { eventId, round, coder }, winners);
  }
  if (kind !== 'unlinked') return;
  const { winners, unstored } = await matchWinners(stores, row);
  if (unstored !== 0) return;
  const { version } = event;
  await retireRoundInRedis(stores.redis.of(eventId).client, 'end', { eventId, round, version, winners, token: '' });
}

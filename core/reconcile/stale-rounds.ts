import { openCoder } from '../code.ts';
import { drainOutbox } from '../drain.ts';
import { decidingStore } from '../event.ts';
import { roundKeys } from '../keys.ts';
import { findRound, type EventRow } from '../mysql/event-rows.ts';
import { isWrongType } from '../redis/gate.ts';
import { retireRoundInRedis } from '../redis/gate-scripts.ts';
import { outboxState } from '../redis/outbox.ts';
import { winnerPages } from '../redis/winner-pages.ts';
import { storeUnstored } from '../store-winners.ts';
import type { Stores } from '../stores.ts';

/** An older round's claims are drained by the sweep within seconds; what waits longer is left behind. */
const waitsMaxMs = 15_000;

/** What an older round left in Redis: claims that nobody moves to MySQL, or a round that MySQL says was taken out. */
export type StaleRound = { round: number; waiting: number; unlinked: boolean; detail: string };

/** Looks at every older round of an event. Throws when a store does not answer. */
export async function findStaleRounds(stores: Stores, event: EventRow): Promise<StaleRound[]> {
  const stale: StaleRound[] = [];
  if (decidingStore(event.strategy) === 'mysql') return stale;
  for (let round = 1; round < event.currentRound; round += 1) {
    const found = await findStaleRound(stores, event, round);
    if (found !== null) stale.push(found);
  }
  return stale;
}

async function findStaleRound(
  { db, redis, clock }: Stores,
  { eventId }: EventRow,
  round: number,
): Promise<StaleRound | null> {
  const row = await findRound(db, eventId, round);
  const keys = roundKeys(eventId, round);
  const outbox = await outboxState(redis.client, eventId, round).catch((err: unknown) => {
    if (isWrongType(err)) return { claims: 0, oldestAtMs: null };
    throw err;
  });
  const unlinked = row === null || row.roundRow.unlinkedAtMs !== null;
  const leftovers = await redis.client.exists(keys.winners, keys.outbox, keys.setAside, keys.attempts, keys.returned);
  if (unlinked && leftovers > 0) {
    const detail = `round ${round} was taken out of Redis, and something of it is there: ${outbox.claims} claims wait`;
    return { round, waiting: outbox.claims, unlinked: row !== null, detail };
  }
  const { oldestAtMs } = outbox;
  if (oldestAtMs === null || clock.nowMs() - oldestAtMs < waitsMaxMs) return null;
  const detail = `${outbox.claims} claims of round ${round} have waited since ${isoTime(oldestAtMs)}`;
  return { round, waiting: outbox.claims, unlinked: false, detail };
}

/** Moves what waits into its own round, and takes a round out of Redis that MySQL says is out. */
export async function mendStaleRound(stores: Stores, event: EventRow, { round, unlinked }: StaleRound): Promise<void> {
  const { eventId } = event;
  await drainOutbox(stores, eventId, round);
  if (!unlinked) return;
  const row = await findRound(stores.db, eventId, round);
  if (row === null) return;
  const coder = openCoder(row.roundRow.codeKey);
  for await (const winners of winnerPages(stores.redis.client, roundKeys(eventId, round).winners)) {
    await storeUnstored(stores, { eventId, round, coder }, winners);
  }
  await retireRoundInRedis(stores.redis.client, eventId, round, event.version);
}

const isoTime = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'an unknown time');

import type { EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { roundKeys } from '../../redis/keys.ts';
import { inPieces } from '../../runtime/in-pieces.ts';
import type { Stores } from '../../stores/stores.ts';
import { findUnitRows } from './unit-rows.ts';
import { readUnits, returnUnits, settleUnits, unitsPerCallMax, type Attempt } from './unit-scripts.ts';

/** What became of the units that were checked. `open` units are still being written to MySQL. */
export type JudgedUnits = { settled: number; returned: number; open: number };

/** The event and the round whose units are judged. */
type JudgedEvent = Pick<EventRow, 'eventId' | 'strategy' | 'currentRound' | 'roundRow'>;

/**
 * Settles or returns the units of a round whose writers are gone or got no answer from MySQL. A unit whose claim MySQL
 * has is settled; any other is returned after its deadline. Returned numbers are checked too, because an insert can
 * arrive after its unit was returned. In a round that the event has left, returned numbers are given to nobody. Safe to
 * run twice and by many processes at once. Throws if a store does not answer.
 */
export async function judgeUnits(
  stores: Stores,
  { eventId, strategy, currentRound, roundRow: { round } }: JudgedEvent,
): Promise<JudgedUnits> {
  const { redis, clock, log } = stores;
  const place: Place = { eventId, strategy, round, newestRound: currentRound };
  const { attempts, returned } = await readUnits(redis.of(eventId).client, roundKeys(eventId, round));
  const nowMs = clock.nowMs(eventId);
  const expired = attempts.filter(({ deadlineMs }) => deadlineMs < nowMs);
  const total: JudgedUnits = { settled: 0, returned: 0, open: attempts.length - expired.length };
  for (const units of inPieces(expired, unitsPerCallMax)) {
    const judged = await judge(stores, place, units);
    total.settled += judged.settled;
    total.returned += judged.returned;
  }
  for (const numbers of inPieces(returned, unitsPerCallMax)) {
    const { settled } = await settleStored(stores, place, { serials: numbers, userIds: [] });
    total.settled += settled;
  }
  if (total.settled + total.returned > 0) {
    log.info({ event: 'units_judged', eventId, round, ...total }, 'settled or returned units whose writers were gone');
  }
  return total;
}

/** `round` is the units' round; the event may be in a different one. */
type Place = { eventId: string; strategy: StrategyName; round: number; newestRound: number };

async function judge(stores: Stores, place: Place, units: Attempt[]): Promise<{ settled: number; returned: number }> {
  const serials = units.map(({ number }) => number);
  const { settled, stored } = await settleStored(stores, place, {
    serials,
    userIds: units.map(({ userId }) => userId),
  });
  const unstored = units.filter(({ number }) => !stored.has(number));
  const { eventId, strategy, round, newestRound } = place;
  const keys = roundKeys(eventId, round);
  const returned = await returnUnits(stores.redis.of(eventId).client, keys, { round, strategy }, unstored, newestRound);
  return { settled, returned };
}

/** Settles the claims in MySQL that have any of these serials or users. `stored` are the serials of those claims. */
async function settleStored(
  { db, redis, log, logged }: Stores,
  { eventId, strategy, round, newestRound }: Place,
  wanted: { serials: number[]; userIds: string[] },
): Promise<{ settled: number; stored: Set<number> }> {
  const rows = await findUnitRows(db, { ...wanted, eventId, round });
  let settled = 0;
  for (const piece of inPieces(rows, unitsPerCallMax)) {
    const reply = await settleUnits(
      redis.of(eventId).client,
      roundKeys(eventId, round),
      { round, strategy },
      piece,
      newestRound,
    );
    // The gate is gone, or its state is older than MySQL's. The sweep reports that for the whole event.
    if (reply.kind !== 'settled')
      throw new Error(`The gate of ${eventId}/${round} can't settle claims: ${reply.kind}.`);
    settled += reply.results.filter((result) => result === 'settled').length;
    const contradicting = piece.filter((_, i) => reply.results[i] === 'contradicts').map(({ serial }) => serial);
    const key = `contradicts ${eventId}/${round}/${piece[0]?.serial}`;
    if (contradicting.length === 0) logged.clear(key);
    else if (logged.isNew(key, contradicting.join())) {
      log.error(
        { event: 'unit_contradicts', eventId, round, serials: contradicting },
        'Redis and MySQL have different claims',
      );
    }
  }
  return { settled, stored: new Set(rows.map(({ serial }) => serial)) };
}

import { countMissingFaults, highestFaultSerial } from '../claims/claim-faults.ts';
import { countClaims, highestSerial } from '../claims/claim-rows.ts';
import type { EventRow } from '../events/event-rows.ts';
import { reservedTo } from '../events/reserved-serials.ts';
import type { DbReader } from '../mysql/open-db.ts';

/**
 * If the highest serial is at most this, the rows are counted. A row takes 0.24 us, so a page of rounds still answers
 * in time.
 */
const countedMax = 100_000;

/**
 * How many claims of the current round MySQL has, if serials are given in order. The only gaps are reserved serials,
 * and claims that MySQL could not store.
 */
export async function serialsInRows(
  db: DbReader,
  { eventId, currentRound: round, roundRow }: EventRow,
): Promise<number> {
  const highest = await highestSerial(db, eventId, round);
  if (highest <= countedMax || roundRow.reserved !== '') return countClaims(db, eventId, round);
  return highest - (await countMissingFaults(db, { eventId, round, highest }));
}

/** The highest serial that was given, may have been promised, or is reserved. */
export async function highestPromised(db: DbReader, { roundRow }: EventRow): Promise<number> {
  const { eventId, round, stock, reserved, retiredCounter } = roundRow;
  return Math.max(
    retiredCounter ?? 0,
    await highestSerial(db, eventId, round),
    reservedTo(reserved),
    await highestFaultSerial(db, { eventId, round, stock }),
  );
}

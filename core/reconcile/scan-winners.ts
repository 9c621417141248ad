import { SerialSet } from '../compare/serial-set.ts';
import { winnerPages } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import { readAhead } from '../runtime/read-ahead.ts';
import type { JudgedRound } from './claim-case.ts';
import type { Pace } from './pace.ts';

/** What the first pass over the winners finds. */
export type WinnerScan = {
  /** The winners' serials. */
  serials: SerialSet;
  /** Users whose serial is not valid, or is also another winner's. */
  odd: Set<string>;
};

/** Reads the winners once: which serials they have, and whose serial is invalid or shared. */
export async function scanWinners({ stores, event }: JudgedRound, pace: Pace): Promise<WinnerScan> {
  const key = roundKeys(event.eventId, event.currentRound).winners;
  const serials = new SerialSet();
  const odd = new Set<string>();
  const twice = new Set<number>();
  for await (const page of readAhead(winnerPages(stores.redis.of(event.eventId), key))) {
    for (const { userId, serial } of page) {
      if (!isSerial(serial)) odd.add(userId);
      else if (!serials.add(serial)) twice.add(serial);
    }
    await pace.rest();
  }
  if (twice.size === 0) return { serials, odd };
  // Either HSCAN returned a user twice, as it does while the hash grows, or two users share a serial.
  const holders = new Map<number, Set<string>>();
  for await (const page of winnerPages(stores.redis.of(event.eventId), key)) {
    for (const { userId, serial } of page) {
      if (!twice.has(serial)) continue;
      const users = holders.get(serial) ?? new Set();
      holders.set(serial, users.add(userId));
    }
    await pace.rest();
  }
  for (const users of holders.values()) if (users.size > 1) for (const userId of users) odd.add(userId);
  return { serials, odd };
}

/** Whether a number can be a serial. */
export const isSerial = (serial: number): boolean => Number.isSafeInteger(serial) && serial >= 1;

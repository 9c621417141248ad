import { SerialSet } from '../compare/serial-set.ts';
import { winnerPages } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import { readAhead } from '../runtime/read-ahead.ts';
import type { JudgedRound } from './claim-case.ts';
import type { Pace } from './pace.ts';

/** What the first look at the winners tells: bits, and the names of those who need a look of their own. */
export type WinnerScan = {
  /** The serials that winners have. */
  serials: SerialSet;
  /** Winners whose serial is none, or another winner's too. */
  odd: Set<string>;
};

/** Reads the winners once: which serials they have, and who has one that can't be his alone. */
export async function scanWinners({ stores, event }: JudgedRound, pace: Pace): Promise<WinnerScan> {
  const key = roundKeys(event.eventId, event.currentRound).winners;
  const serials = new SerialSet();
  const odd = new Set<string>();
  const twice = new Set<number>();
  for await (const page of readAhead(winnerPages(stores.redis, key))) {
    for (const { userId, serial } of page) {
      if (!isSerial(serial)) odd.add(userId);
      else if (!serials.add(serial)) twice.add(serial);
    }
    await pace.rest();
  }
  if (twice.size === 0) return { serials, odd };
  // Either somebody came twice, as they do while the hash grows, or two have one serial.
  const holders = new Map<number, Set<string>>();
  for await (const page of winnerPages(stores.redis, key)) {
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

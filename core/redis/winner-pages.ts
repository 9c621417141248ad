import type { Redis } from 'ioredis';
import { parseWinner } from './gate-scripts.ts';
import { isWrongType } from './gate.ts';

/** A winner as Redis has it; `serial` is NaN where the text says none. */
export type Winner = { userId: string; serial: number; claimedAtMs: number };

const pageSize = 500;

/**
 * The winners of a round, in pages. Who is there from the beginning to the end comes at least once, and while the hash
 * grows perhaps twice; who comes meanwhile may be missing. A key that is no hash has no winners.
 */
export async function* winnerPages(redis: Redis, key: string): AsyncGenerator<Winner[]> {
  let cursor = '0';
  do {
    let found: string[];
    try {
      [cursor, found] = await redis.hscan(key, cursor, 'COUNT', pageSize);
    } catch (err) {
      if (isWrongType(err)) return;
      throw err;
    }
    const page: Winner[] = [];
    for (let i = 0; i < found.length; i += 2) page.push(toWinner(found[i] ?? '', found[i + 1] ?? ''));
    yield page;
  } while (cursor !== '0');
}

/** The first winner found of whom `isWanted` is true; null when there is none. Reads all of them in the worst case. */
export async function findWinnerOf(
  redis: Redis,
  key: string,
  isWanted: (winner: Winner) => boolean,
): Promise<Winner | null> {
  for await (const page of winnerPages(redis, key)) {
    const found = page.find(isWanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** Reads a winner's text; anything that the scripts would not have written has the serial NaN. */
export function toWinner(userId: string, text: string): Winner {
  if (!/^\d+:\d+$/.test(text)) return { userId, serial: NaN, claimedAtMs: NaN };
  return { userId, ...parseWinner(text) };
}

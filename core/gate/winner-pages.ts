import { say } from '../messages/message.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import { Fault } from '../runtime/fault.ts';
import { parseWinner } from './gate-scripts.ts';
import { isWrongType } from './gate.ts';

/** A winner as Redis has it; `serial` is NaN if the winner's text has no serial. */
export type Winner = { userId: string; serial: number; claimedAtMs: number };

const pageSize = 500;

/**
 * A round's winners, in pages. A winner who is in the hash throughout the read is returned at least once, and perhaps
 * twice while the hash grows. A winner who is added during the read may be missing. A key that is not a hash has no
 * winners. Throws `unavailable` if Redis restarts during the read, because its new hash table has a different order, in
 * which the same cursor would skip winners. The caller then has to start again.
 */
export async function* winnerPages(
  { client, runId }: Pick<RedisLink, 'client' | 'runId'>,
  key: string,
): AsyncGenerator<Winner[]> {
  const walked = runId();
  if (walked === undefined) throw new Fault('unavailable', say('redis_unreachable'));
  let cursor = '0';
  do {
    let found: string[];
    try {
      [cursor, found] = await client.hscan(key, cursor, 'COUNT', pageSize);
    } catch (err) {
      if (isWrongType(err)) return;
      throw err;
    }
    // Check after the reply, because the page may already come from a restarted Redis.
    if (runId() !== walked) {
      throw new Fault('unavailable', say('redis_restarted_reading'));
    }
    const page: Winner[] = [];
    for (let i = 0; i < found.length; i += 2) page.push(toWinner(found[i] ?? '', found[i + 1] ?? ''));
    yield page;
  } while (cursor !== '0');
}

/** The first winner found for whom `isWanted` is true; null if there is none. May read all winners. */
export async function findWinnerOf(
  redis: Pick<RedisLink, 'client' | 'runId'>,
  key: string,
  isWanted: (winner: Winner) => boolean,
): Promise<Winner | null> {
  for await (const page of winnerPages(redis, key)) {
    const found = page.find(isWanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** Parses a winner's text. The serial is NaN if the text is not in the format that the scripts write. */
export function toWinner(userId: string, text: string): Winner {
  if (!/^\d+:\d+$/.test(text)) return { userId, serial: NaN, claimedAtMs: NaN };
  return { userId, ...parseWinner(text) };
}

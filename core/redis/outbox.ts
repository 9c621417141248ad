import type { Redis } from 'ioredis';
import { roundKeys } from '../keys.ts';

/** A decided batch that waits for MySQL: users in serial order, from `firstSerial` on, all decided at `claimedAtMs`. */
export type OutboxEntry = { id: string; firstSerial: number; claimedAtMs: number; userIds: string[] };

/** The oldest entries of a round's outbox, at most `count`, none newer than `lastId`. */
export async function readOutbox(
  redis: Redis,
  eventId: string,
  round: number,
  count: number,
  lastId = '+',
): Promise<OutboxEntry[]> {
  const entries = await redis.xrange(roundKeys(eventId, round).outbox, '-', lastId, 'COUNT', count);
  return entries.map(([id, fields]) => parseEntry(id, fields));
}

/** The id of the newest entry of a round's outbox; null when it is empty. */
export async function newestEntryId(redis: Redis, eventId: string, round: number): Promise<string | null> {
  const [newest] = await redis.xrevrange(roundKeys(eventId, round).outbox, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? null;
}

/** How many claims wait in a round's outbox, and since when the oldest does (null: none waits). */
export type OutboxState = { claims: number; oldestAtMs: number | null };

/**
 * Looks at both ends of the outbox: serials enter it in order and leave it from its head, so the ends tell how many
 * claims are between them.
 */
export async function outboxState(redis: Redis, eventId: string, round: number): Promise<OutboxState> {
  const key = roundKeys(eventId, round).outbox;
  const [oldest] = await redis.xrange(key, '-', '+', 'COUNT', 1);
  if (oldest === undefined) return { claims: 0, oldestAtMs: null };
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  const head = parseEntry(...oldest);
  // Emptied between the two looks: then what was the head is all that we know of.
  const tail = newest === undefined ? head : parseEntry(...newest);
  const claims = tail.firstSerial + tail.userIds.length - head.firstSerial;
  if (Number.isSafeInteger(claims) && claims > 0 && Number.isSafeInteger(head.claimedAtMs)) {
    return { claims, oldestAtMs: head.claimedAtMs };
  }
  // Somebody else wrote an entry that says nothing: count entries, and take the time from the entry's id.
  return { claims: await redis.xlen(key), oldestAtMs: Number(head.id.split('-')[0]) };
}

function parseEntry(id: string, fields: string[]): OutboxEntry {
  const field = (name: string): string => (fields.includes(name) ? (fields[fields.indexOf(name) + 1] ?? '') : '');
  return {
    id,
    firstSerial: Number(field('s')),
    claimedAtMs: Number(field('t')),
    userIds: field('u').split(' '),
  };
}

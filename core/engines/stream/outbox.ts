import type { Redis } from 'ioredis';
import { countReserved } from '../../events/reserved-serials.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { WaitingClaim, WaitingClaims, WaitingTime } from '../engine.ts';

/**
 * A decided batch that MySQL lacks: users in the order of their serials, the first with `firstSerial`, all decided at
 * `claimedAtMs`. `traces` has the traced ones, see `outbox-traces.ts`.
 */
export type OutboxEntry = {
  id: string;
  firstSerial: number;
  claimedAtMs: number;
  userIds: string[];
  traces?: string;
};

/** The oldest entries of a round's outbox, at most `count`, none newer than `lastId`. */
export async function readOutbox(
  redis: Redis,
  eventId: string,
  round: number,
  count: number,
  lastId = '+',
): Promise<OutboxEntry[]> {
  const entries = await redis.xrange(roundKeys(eventId, round).outbox, '-', lastId, 'COUNT', count);
  return entries.map(([id, fields]) => toOutboxEntry(id, fields));
}

/**
 * The entries of a round's outbox up to `lastId`, oldest first, in pages. An entry that a drain deletes during the read
 * may be missing; MySQL has its claims.
 */
export async function* outboxPages(
  redis: Redis,
  eventId: string,
  round: number,
  lastId: string,
): AsyncGenerator<OutboxEntry[]> {
  let from = '-';
  for (;;) {
    const key = roundKeys(eventId, round).outbox;
    const entries = await redis.xrange(key, from, lastId, 'COUNT', entriesPerPage);
    if (entries.length === 0) return;
    yield entries.map(([id, fields]) => toOutboxEntry(id, fields));
    from = `(${entries.at(-1)?.[0] ?? ''}`;
  }
}

const entriesPerPage = 50;

/** The id of the newest entry of a round's outbox; null if it is empty. */
export async function newestEntryId(redis: Redis, eventId: string, round: number): Promise<string | null> {
  const [newest] = await redis.xrevrange(roundKeys(eventId, round).outbox, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? null;
}

/**
 * How many claims are in the outbox. Reads only both ends: serials enter in order and leave from the head, so the ends
 * show how many claims are between them. `reserved` serials never enter the outbox.
 */
export async function outboxState(
  redis: Redis,
  eventId: string,
  round: number,
  reserved: string,
): Promise<WaitingClaims> {
  const key = roundKeys(eventId, round).outbox;
  const [oldest] = await redis.xrange(key, '-', '+', 'COUNT', 1);
  if (oldest === undefined) return { claims: 0, oldestAtMs: null };
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  const head = toOutboxEntry(...oldest);
  // The outbox was emptied between the two reads, so only its former head is known.
  const tail = newest === undefined ? head : toOutboxEntry(...newest);
  const last = tail.firstSerial + tail.userIds.length - 1;
  const claims = last - head.firstSerial + 1 - countReserved(reserved, { from: head.firstSerial, to: last });
  if (Number.isSafeInteger(claims) && claims > 0 && Number.isSafeInteger(head.claimedAtMs)) {
    return { claims, oldestAtMs: head.claimedAtMs };
  }
  // Another program wrote an entry without serials: count entries, and take the time from the entry's id.
  return { claims: await redis.xlen(key), oldestAtMs: Number(head.id.split('-')[0]) };
}

/** An entry has at most 256 users, so a read of this many transfers about 1 MB at worst. */
const entriesMax = 100;

/** The claims in the oldest 100 entries of a round's outbox, by serial. Skips entries that another program wrote. */
export async function outboxClaims(redis: Redis, eventId: string, round: number): Promise<WaitingClaim[]> {
  const entries = await readOutbox(redis, eventId, round, entriesMax);
  return entries
    .flatMap(({ firstSerial, claimedAtMs, userIds }) =>
      userIds.map((userId, at) => ({ serial: firstSerial + at, userId, claimedAtMs })),
    )
    .filter(({ serial, claimedAtMs }) => Number.isSafeInteger(serial) && Number.isSafeInteger(claimedAtMs))
    .toSorted((a, b) => a.serial - b.serial);
}

/**
 * The times at which the claims in a round's outbox were decided. Reads at most 100 entries, at evenly spaced times if
 * there are more; each then stands for the claims since the one before it.
 */
export async function outboxTimes(redis: Redis, eventId: string, round: number): Promise<WaitingTime[]> {
  const key = roundKeys(eventId, round).outbox;
  if ((await redis.xlen(key)) <= entriesMax) return timesOf(await readOutbox(redis, eventId, round, entriesMax));
  const [oldest] = await redis.xrange(key, '-', '+', 'COUNT', 1);
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  // A drain emptied the outbox between the two reads, so MySQL has all of its claims.
  if (oldest === undefined || newest === undefined) return [];
  const msOf = ([id]: [string, string[]]): number => Number(id.split('-')[0]);
  const [fromMs, toMs] = [msOf(oldest), msOf(newest)];
  const looks = redis.pipeline();
  for (let at = 1; at < entriesMax; at += 1) {
    looks.xrange(key, String(Math.floor(fromMs + ((toMs - fromMs) * at) / entriesMax)), '+', 'COUNT', 1);
  }
  const found = ((await looks.exec()) ?? []).flatMap(([, seen]) => (seen ?? []) as [string, string[]][]);
  const each = new Map([oldest, ...found, newest]);
  return timesOf([...each].map(([id, fields]) => toOutboxEntry(id, fields)));
}

function timesOf(entries: OutboxEntry[]): WaitingTime[] {
  const readable = entries.filter(
    ({ firstSerial, claimedAtMs }) => Number.isSafeInteger(firstSerial) && Number.isSafeInteger(claimedAtMs),
  );
  let before: { lastSerial: number; atMs: number } | null = null;
  return readable
    .toSorted((a, b) => a.firstSerial - b.firstSerial)
    .map(({ firstSerial, claimedAtMs: atMs, userIds }) => {
      const lastSerial = firstSerial + userIds.length - 1;
      const hasAllBefore = before === null || before.lastSerial === firstSerial - 1;
      const sinceMs = hasAllBefore || before === null ? atMs : Math.min(before.atMs, atMs);
      const claims = hasAllBefore || before === null ? userIds.length : lastSerial - before.lastSerial;
      before = { lastSerial, atMs };
      return { lastSerial, claims, sinceMs, atMs };
    });
}

/** Parses an entry. If another program wrote the entry, its numbers are NaN. */
export function toOutboxEntry(id: string, fields: string[]): OutboxEntry {
  const field = (name: string): string => (fields.includes(name) ? (fields[fields.indexOf(name) + 1] ?? '') : '');
  const entry = {
    id,
    firstSerial: Number(field('s')),
    claimedAtMs: Number(field('t')),
    userIds: field('u').split(' '),
  };
  const [name, traces] = fields.slice(6);
  return name === 'p' && traces !== undefined ? { ...entry, traces } : entry;
}

import { createHash } from 'node:crypto';
import type { OutboxClaim } from '../../../core/claims/persist-claims.ts';
import { type Db, openDb, type OpenDbOptions } from '../../../core/mysql/open-db.ts';
import { createTestDatabase } from '../../support/test-database.ts';

export const codeKey = Buffer.alloc(32, 7);
/** A time with milliseconds, in epoch milliseconds. */
export const t0 = Date.UTC(2027, 0, 2, 3, 4, 5, 678);

/** A migrated database for one test, and a client for it. Disposing removes both. */
export async function openTestDb(options?: OpenDbOptions) {
  const database = await createTestDatabase();
  const db = openDb(database.databaseUrl, { commandTimeoutMs: 10_000, ...options });
  return {
    db,
    databaseUrl: database.databaseUrl,
    [Symbol.asyncDispose]: async () => {
      await db.$disconnect();
      await database[Symbol.asyncDispose]();
    },
  };
}

type EventFields = NonNullable<Parameters<Db['event']['create']>[0]>['data'];
type RoundFields = NonNullable<Parameters<Db['round']['create']>[0]>['data'];

/** Inserts an event with one round, which is the event's current round. */
export async function putEvent(
  db: Db,
  id: string,
  { event = {}, round = {} }: { event?: Partial<EventFields>; round?: Partial<RoundFields> } = {},
): Promise<void> {
  const at = new Date(t0);
  await db.event.create({
    data: {
      ...{ id, name: `Event ${id}`, description: '', amount: 10_000n, currency: 'KRW', strategy: 'redis-stream' },
      ...{ createdAt: at, updatedAt: at, ...event },
    },
  });
  await putRound(db, id, round);
}

export async function putRound(db: Db, eventId: string, round: Partial<RoundFields> = {}): Promise<void> {
  const at = new Date(t0);
  await db.round.create({
    data: {
      eventId,
      round: 1,
      stock: 1_000,
      opensAt: at,
      codeKey: new Uint8Array(codeKey),
      createdAt: at,
      ...round,
    } as RoundFields,
  });
}

/** A code of the usual length that differs between claims. */
const code = (serial: number, userId: string): string =>
  createHash('sha256').update(`${serial} ${userId}`).digest('hex').slice(0, 19).toUpperCase();

/** Claims in the form in which the outbox stores them, with two claims per entry. */
export function outboxClaim(serial: number, userId = `user-${serial}`): OutboxClaim {
  const entryId = `${t0}-${serial >> 1}`;
  return {
    serial,
    userId,
    code: code(serial, userId),
    claimedAtMs: t0 + serial,
    entryId,
    position: serial & 1,
  };
}

export const outboxClaims = (count: number, from = 1): OutboxClaim[] =>
  Array.from({ length: count }, (_, index) => outboxClaim(from + index));

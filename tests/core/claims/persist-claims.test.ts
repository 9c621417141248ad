import { describe, expect, it } from 'vitest';
import { listClaims } from '../../../core/claims/claim-rows.ts';
import { type OutboxClaim, persistClaims } from '../../../core/claims/persist-claims.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import { type Db, openDb } from '../../../core/mysql/open-db.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { startMariaDb } from '../../support/test-servers.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openTestDb, outboxClaim, outboxClaims, putEvent, putRound } from '../mysql/fixtures.ts';

const persist = (db: Db, claims: OutboxClaim[], round = 1) => persistClaims(db, { eventId: 'e', round, claims });

/** All stored claims of the round, in the form that `outboxClaims` returns. */
async function stored(db: Db, round = 1) {
  const rows = await listClaims(db, { eventId: 'e', round, limit: 10_000 });
  return rows.map(({ serial, userId, code, claimedAtMs }) => ({ serial, userId, code, claimedAtMs }));
}

const sent = (claims: OutboxClaim[]) =>
  claims
    .map(({ serial, userId, code, claimedAtMs }) => ({ serial, userId, code, claimedAtMs }))
    .sort((a, b) => a.serial - b.serial);

async function faultRows(db: Db) {
  const rows = await db.claimFault.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ serial, userId, reason, entryId, position }) => ({
    serial: serial === null ? null : Number(serial),
    userId,
    reason,
    entryId,
    position,
  }));
}

describe('persistClaims', () => {
  it('stores a batch unchanged, and changes nothing if it gets the same batch again', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    const claims = outboxClaims(300);
    expect(await persist(db, claims)).toEqual({ persisted: 300, faults: [] });
    const before = await db.claim.findMany();
    expect(await stored(db)).toEqual(sent(claims));
    expect(await persist(db, claims)).toEqual({ persisted: 300, faults: [] });
    expect(await persist(db, claims.toReversed().concat(claims))).toEqual({ persisted: 600, faults: [] });
    expect(await db.claim.findMany()).toEqual(before);
    expect(await faultRows(db)).toEqual([]);
  });

  it('stores nothing for an empty batch, and splits a batch that is too large for one statement', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e', { round: { stock: 10_000 } });
    expect(await persist(db, [])).toEqual({ persisted: 0, faults: [] });
    const claims = outboxClaims(4_500);
    expect(await persist(db, claims)).toEqual({ persisted: 4_500, faults: [] });
    expect(await stored(db)).toEqual(sent(claims));
  });

  it('stores every user id that the format allows, and keeps Kim and kim apart', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    const users = ['Kim', 'kim', 'a{b}', '__proto__', `';DROP/**/TABLE/**/claims;--`, '\\"', '%_', 'x'.repeat(128)];
    const claims = users.map((userId, index) => outboxClaim(index + 1, userId));
    expect(await persist(db, claims)).toEqual({ persisted: users.length, faults: [] });
    expect(await stored(db)).toEqual(sent(claims));
  });

  it('stores each claim once if six workers store the same claims at the same time', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    const claims = outboxClaims(900);
    const overlapping = [0, 100, 200, 300, 0, 300].map((from, index) => {
      const part = claims.slice(from, from + 600);
      return index % 2 === 0 ? part : part.toReversed();
    });
    const results = await Promise.all(overlapping.map((part) => persist(db, part)));
    expect(results).toEqual(Array(6).fill({ persisted: 600, faults: [] }));
    expect(await stored(db)).toEqual(sent(claims));
    expect(await faultRows(db)).toEqual([]);
  });

  it('sets aside each claim that cannot be stored, with its reason, and stores the others', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e', { round: { stock: 200 } });
    await putEvent(db, 'other');
    await persist(db, outboxClaims(10));
    await persistClaims(db, { eventId: 'other', round: 1, claims: [outboxClaim(1, 'elsewhere')] });

    const good = outboxClaims(100, 11);
    const other = outboxClaim(1, 'elsewhere');
    const bad: [OutboxClaim, string][] = [
      [outboxClaim(3, 'someone'), 'serial_taken'],
      [{ ...outboxClaim(4), code: 'ANOTHER' }, 'serial_taken'],
      [{ ...outboxClaim(5), claimedAtMs: outboxClaim(5).claimedAtMs + 1 }, 'serial_taken'],
      [outboxClaim(111, 'user-6'), 'duplicate_user'],
      [{ ...outboxClaim(112), code: outboxClaim(7).code }, 'duplicate_code'],
      [{ ...outboxClaim(113), code: other.code }, 'duplicate_code'],
      [outboxClaim(201), 'over_stock'],
      [outboxClaim(1_000_000_000_000), 'over_stock'],
      [outboxClaim(0), 'malformed'],
      [{ ...outboxClaim(114), serial: 114.5 }, 'malformed'],
      [outboxClaim(115, 'ünïcode'), 'malformed'],
      [outboxClaim(116, 'with space'), 'malformed'],
      [outboxClaim(117, 'line\nbreak'), 'malformed'],
      [outboxClaim(118, ''), 'malformed'],
      [outboxClaim(119, 'x'.repeat(129)), 'malformed'],
      [{ ...outboxClaim(120), code: 'C'.repeat(33) }, 'malformed'],
      [{ ...outboxClaim(121), claimedAtMs: NaN }, 'malformed'],
      [{ ...outboxClaim(122), claimedAtMs: 1e15 }, 'malformed'],
    ];
    const places = bad.map(([claim, reason], index) => ({
      claim: { ...claim, entryId: '9-9', position: index },
      reason,
    }));
    const batch = [...good.slice(0, 50), ...places.map(({ claim }) => claim), ...good.slice(50)];

    const result = await persist(db, batch);
    expect(result.persisted).toBe(good.length);
    const byPlace = result.faults.toSorted((a, b) => a.claim.position - b.claim.position);
    expect(byPlace.map(({ claim, reason }) => ({ claim, reason }))).toEqual(places);
    expect(await stored(db)).toEqual(sent([...outboxClaims(10), ...good]));
    const rows = await faultRows(db);
    expect(rows.map(({ reason, position }) => [position, reason]).sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
      places.map(({ reason }, index) => [index, reason]),
    );

    expect(await persist(db, batch)).toMatchObject({ persisted: good.length });
    expect(await faultRows(db)).toEqual(rows);
  });

  it('stores the exact text of a claim that it sets aside, in any script', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await db.$executeRawUnsafe('ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_swedish_ci');
    await putEvent(db, 'e');
    await persist(db, [outboxClaim(1, '김철수 🎟\u0000')]);
    const [row] = await db.claimFault.findMany();
    expect(row).toMatchObject({ userId: '김철수 🎟\u0000', serial: 1n, code: outboxClaim(1, '김철수 🎟\u0000').code });
    expect(row?.claimedAt?.getTime()).toBe(outboxClaim(1).claimedAtMs);
  });

  it('sets aside all claims of an unknown round', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    const { persisted, faults } = await persist(db, outboxClaims(3), 7);
    expect(persisted).toBe(0);
    expect(faults.map(({ reason }) => reason)).toEqual(Array(3).fill('unknown_round'));
  });

  it('stores a user’s claims in two rounds', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    await putRound(db, 'e', { round: 2 });
    const second = { ...outboxClaim(1), code: 'SECOND' };
    await persist(db, [outboxClaim(1)]);
    expect(await persist(db, [second], 2)).toEqual({ persisted: 1, faults: [] });
    expect(await stored(db, 2)).toEqual(sent([second]));
  });

  it('sets aside a claim that MySQL refuses for an unforeseen reason, and stores the others', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    await db.$executeRaw`ALTER TABLE claims ADD CONSTRAINT poison CHECK (user_id NOT IN ('user-20', 'user-77'))`;
    const claims = outboxClaims(100);
    const { persisted, faults } = await persist(db, claims);
    expect(persisted).toBe(98);
    expect(faults.map(({ claim, reason }) => [claim.serial, reason])).toEqual([
      [20, 'malformed'],
      [77, 'malformed'],
    ]);
    expect(await stored(db)).toEqual(sent(claims.filter(({ serial }) => serial !== 20 && serial !== 77)));
    expect(await faultRows(db)).toHaveLength(2);
  });

  it('after the stock is raised, stores a claim whose serial exceeds the old stock', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e', { round: { stock: 5 } });
    expect((await persist(db, outboxClaims(6))).faults.map(({ reason }) => reason)).toEqual(['over_stock']);
    await db.round.updateMany({ where: { eventId: 'e' }, data: { stock: 6 } });
    expect(await persist(db, outboxClaims(6))).toEqual({ persisted: 6, faults: [] });
  });

  it('throws if a row of the batch stays locked for too long, and stores everything at the next attempt', async () => {
    await using opened = await openTestDb({ commandTimeoutMs: 1_500 });
    const { db } = opened;
    await putEvent(db, 'e');
    await persist(db, outboxClaims(5));
    const locked = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const holder = db.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT serial FROM claims WHERE serial = 3 FOR UPDATE`;
        locked.resolve();
        await done.promise;
      },
      { timeout: 30_000 },
    );
    await locked.promise;
    await expect(persist(db, outboxClaims(10))).rejects.toMatchObject({ code: 'busy' });
    done.resolve();
    await holder;
    expect(await persist(db, outboxClaims(10))).toEqual({ persisted: 10, faults: [] });
  });

  it('throws if MySQL is killed midway, and stores each claim once when MySQL is back', async () => {
    await using server = await startMariaDb();
    await migrate({ databaseUrl: server.url });
    const db = openDb(server.url, { commandTimeoutMs: 1_500 });
    try {
      await putEvent(db, 'e', { round: { stock: 1_000_000 } });
      const state = { persisted: 0 };
      const batches = (async () => {
        for (let from = 1; ; from += 1_000) {
          const { persisted, faults } = await persist(db, outboxClaims(1_000, from));
          expect(faults).toEqual([]);
          state.persisted += persisted;
        }
      })();
      const failed = batches.catch((error: unknown) => error);
      await waitFor(() => state.persisted >= 3_000, { what: 'some batches to be stored' });
      await server.kill9();
      const error = await failed;
      expect(error).toBeInstanceOf(Fault);
      expect(error).toMatchObject({ code: 'unavailable' });

      await server.restart();
      const all = outboxClaims(state.persisted + 1_000);
      const result = await waitFor(() => persist(db, all), { what: 'MySQL to take the batch again' });
      expect(result).toEqual({ persisted: all.length, faults: [] });
      expect(await db.claim.count()).toBe(all.length);
      expect((await stored(db)).slice(0, 10)).toEqual(sent(outboxClaims(10)));
      expect(await faultRows(db)).toEqual([]);
    } finally {
      await db.$disconnect();
    }
  });
});

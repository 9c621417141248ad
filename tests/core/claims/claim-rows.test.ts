import { describe, expect, it } from 'vitest';
import { countMissingFaults } from '../../../core/claims/claim-faults.ts';
import {
  browseClaims,
  countClaims,
  findClaim,
  highestSerial,
  listClaims,
  listUserClaims,
} from '../../../core/claims/claim-rows.ts';
import { persistClaims } from '../../../core/claims/persist-claims.ts';
import { openTestDb, outboxClaim, outboxClaims, putEvent, putRound, t0 } from '../mysql/fixtures.ts';

async function openWithClaims() {
  const opened = await openTestDb();
  const { db } = opened;
  await putEvent(db, 'e', { event: { name: '할인', amount: 1_000_000_000_000n, validUntil: new Date(t0) } });
  await putEvent(db, 'f');
  await putRound(db, 'e', { round: 2 });
  await persistClaims(db, { eventId: 'e', round: 1, claims: outboxClaims(25) });
  const kim = { ...outboxClaim(1, 'Kim'), code: 'E2' };
  await persistClaims(db, { eventId: 'e', round: 2, claims: [{ ...kim, claimedAtMs: t0 + 500 }] });
  await persistClaims(db, { eventId: 'f', round: 1, claims: [{ ...kim, code: 'F1', claimedAtMs: t0 + 400 }] });
  return opened;
}

describe('claims in MySQL', () => {
  it('are found by round and user, with user ids compared byte by byte', async () => {
    await using opened = await openWithClaims();
    const { db } = opened;
    const { serial, code, claimedAtMs } = outboxClaim(7);
    expect(await findClaim(db, 'e', 1, 'user-7')).toEqual({
      ...{ eventId: 'e', round: 1, userId: 'user-7', serial, code, claimedAtMs },
      persistedAtMs: expect.any(Number) as unknown,
    });
    expect(await findClaim(db, 'e', 2, 'user-7')).toBeNull();
    expect(await findClaim(db, 'e', 2, 'kim')).toBeNull();
    expect(await findClaim(db, 'e', 2, 'Kim')).toMatchObject({ code: 'E2' });
  });

  it('of a user are listed newest first, with their events', async () => {
    await using opened = await openWithClaims();
    const { db } = opened;
    const all = await listUserClaims(db, { userId: 'Kim', limit: 10 });
    expect(all.map(({ code }) => code)).toEqual(['E2', 'F1']);
    expect(all[0]).toMatchObject({ eventName: '할인', amount: 1_000_000_000_000, currency: 'KRW', round: 2 });
    expect(all.map(({ validUntilMs }) => validUntilMs)).toEqual([t0, null]);
    expect(await listUserClaims(db, { userId: 'Kim', limit: 1 })).toHaveLength(1);
    expect(await listUserClaims(db, { userId: 'Kim', eventId: 'f', limit: 10 })).toMatchObject([{ code: 'F1' }]);
    expect(await listUserClaims(db, { userId: 'nobody', limit: 10 })).toEqual([]);
  });

  it('of a round are listed in serial order, page by page, and counted', async () => {
    await using opened = await openWithClaims();
    const { db } = opened;
    const page = (afterSerial: number | undefined) =>
      listClaims(db, { eventId: 'e', round: 1, afterSerial, limit: 10 });
    const serials = async (afterSerial?: number) => (await page(afterSerial)).map(({ serial }) => serial);
    expect(await serials()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await serials(20)).toEqual([21, 22, 23, 24, 25]);
    expect(await serials(25)).toEqual([]);
    expect([await countClaims(db, 'e', 1), await countClaims(db, 'e', 3)]).toEqual([25, 0]);
    expect([await highestSerial(db, 'e', 1), await highestSerial(db, 'e', 3)]).toEqual([25, 0]);
  });

  it('of a round can be browsed from either end to the last page, whatever the time filter', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    // The serials are far apart, so a page, which looks at a limited number of serials, may find no claim.
    const far = [1, 2, 3, 150_000, 350_000].map((serial) => ({ ...outboxClaim(serial), claimedAtMs: t0 + serial }));
    await db.round.updateMany({ where: { eventId: 'e' }, data: { stock: 1_000_000 } });
    await persistClaims(db, { eventId: 'e', round: 1, claims: far });
    const browsed = async (query: { order: 'asc' | 'desc'; fromAtMs?: number; untilAtMs?: number }, limit: number) => {
      const serials: number[] = [];
      let after: number | undefined;
      for (let pages = 0; pages < 20; pages += 1) {
        const page = await browseClaims(db, { eventId: 'e', round: 1, ...query, after, limit });
        serials.push(...page.claims.map(({ serial }) => serial));
        if (page.nextAfter === null) return serials;
        after = page.nextAfter;
      }
      throw new Error('The pages do not end.');
    };
    expect(await browsed({ order: 'asc' }, 2)).toEqual([1, 2, 3, 150_000, 350_000]);
    expect(await browsed({ order: 'desc' }, 2)).toEqual([350_000, 150_000, 3, 2, 1]);
    expect(await browsed({ order: 'asc' }, 5)).toHaveLength(5);
    expect(await browsed({ order: 'asc', fromAtMs: t0 + 150_000 }, 2)).toEqual([150_000, 350_000]);
    expect(await browsed({ order: 'desc', untilAtMs: t0 + 3 }, 2)).toEqual([2, 1]);
    expect(await browsed({ order: 'asc', fromAtMs: t0 + 900_000 }, 2)).toEqual([]);
    expect(await browseClaims(db, { eventId: 'none', round: 1, order: 'asc', limit: 2 })).toEqual({
      claims: [],
      nextAfter: null,
    });
  });

  it('are counted in batches, without counting any claim twice', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e', { round: { stock: 1_000_000 } });
    const claims = [1, 99_999, 100_000, 100_001, 200_000, 300_001, 420_000].map((serial) => outboxClaim(serial));
    await persistClaims(db, { eventId: 'e', round: 1, claims });
    expect(await countClaims(db, 'e', 1)).toBe(7);
  });

  it('are reported as missing if MySQL could not store them and has no other claim with the same user or serial', async () => {
    await using opened = await openTestDb();
    const { db } = opened;
    await putEvent(db, 'e');
    await persistClaims(db, { eventId: 'e', round: 1, claims: outboxClaims(5) });
    const faults = [outboxClaim(3, 'another'), outboxClaim(6, 'user-1'), { ...outboxClaim(6, 'user-2'), entryId: '9' }];
    await persistClaims(db, { eventId: 'e', round: 1, claims: faults.slice(0, 2) });
    await persistClaims(db, { eventId: 'e', round: 1, claims: faults.slice(2) });
    expect(await countMissingFaults(db, { eventId: 'e', round: 1, highest: 6 })).toBe(1);
    expect(await countMissingFaults(db, { eventId: 'e', round: 1, highest: 5 })).toBe(0);
  });
});

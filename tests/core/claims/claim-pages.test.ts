import { expect, it } from 'vitest';
import { claimPages, type PagedClaim } from '../../../core/claims/claim-pages.ts';
import { listClaims } from '../../../core/claims/claim-rows.ts';
import { persistClaims } from '../../../core/claims/persist-claims.ts';
import type { Db } from '../../../core/mysql/open-db.ts';
import { openTestDb, outboxClaim, outboxClaims, putEvent, putRound } from '../mysql/fixtures.ts';

async function pages(db: Db, pageSize: number, round = 1): Promise<PagedClaim[][]> {
  const found: PagedClaim[][] = [];
  for await (const page of claimPages(db, { eventId: 'e', round, pageSize })) found.push(page);
  return found;
}
/** Reads the same claims through Prisma, as all other code does. */
const rows = async (db: Db) => {
  const listed = await listClaims(db, { eventId: 'e', round: 1, limit: 10_000 });
  return listed.map(({ serial, userId, code, claimedAtMs }) => ({ serial, userId, code, claimedAtMs }));
};

it('reading claims page by page returns every claim of a round once, in serial order', async () => {
  await using opened = await openTestDb();
  const { db } = opened;
  await putEvent(db, 'e', { round: { stock: 9_000 } });
  await putRound(db, 'e', { round: 2 });
  const long = { ...outboxClaim(2_600, '~'.repeat(128)), code: '!'.repeat(32) };
  const claims = [...outboxClaims(1_250), ...outboxClaims(1_250, 1_301), long];
  await persistClaims(db, { eventId: 'e', round: 1, claims });
  await persistClaims(db, { eventId: 'e', round: 2, claims: [{ ...outboxClaim(1), code: 'OTHER' }] });
  const found = await pages(db, 1_000);
  expect(found.map(({ length }) => length)).toEqual([1_000, 1_000, 501]);
  expect(found.flat()).toEqual(await rows(db));
  expect(found.flat()).toHaveLength(2_501);
  expect(await pages(db, 1_000, 3)).toEqual([]);
});

it.each([
  ['a user with a space', 'user_id', 'kim lee'],
  ['a user with a line break', 'user_id', 'kim\n9 1 A B'],
  ['a code with a space', 'code', 'AB CD'],
  ['no code', 'code', ''],
])('the query for claim pages returns the same value as a query through Prisma for %s', async (_what, column, text) => {
  await using opened = await openTestDb();
  const { db } = opened;
  await putEvent(db, 'e');
  await persistClaims(db, { eventId: 'e', round: 1, claims: outboxClaims(20) });
  await db.$executeRawUnsafe(`UPDATE claims SET ${column} = ? WHERE serial = 7`, text);
  const found = await pages(db, 6);
  expect(found.flat()).toEqual(await rows(db));
  expect(found.flat()[6]).toMatchObject({ serial: 7, [column === 'code' ? 'code' : 'userId']: text });
});

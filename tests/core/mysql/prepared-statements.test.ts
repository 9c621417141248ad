import { expect, it } from 'vitest';
import { openDb } from '../../../core/mysql/open-db.ts';
import { startMariaDb } from '../../support/test-servers.ts';

/** Statements that each need a prepared statement of their own. */
const distinct = (count: number): string[] => Array.from({ length: count }, (_, i) => `SELECT ${i} + ? AS sum`);

it('a server at its limit of prepared statements gets the same statements as text', async () => {
  await using server = await startMariaDb(['--max-prepared-stmt-count=3']);
  const db = openDb(server.url);
  try {
    const sums = await Promise.all(distinct(20).map((sql) => db.$queryRawUnsafe<{ sum: unknown }[]>(sql, 1)));
    expect(sums.map(([row]) => Number(row?.sum))).toEqual(distinct(20).map((_, i) => i + 1));
    const inTransaction = await db.$transaction(async (tx) => {
      const rows = [];
      for (const sql of distinct(20)) rows.push(await tx.$queryRawUnsafe<{ sum: unknown }[]>(sql, 2));
      return rows;
    });
    expect(inTransaction.map(([row]) => Number(row?.sum))).toEqual(distinct(20).map((_, i) => i + 2));
  } finally {
    await db.$disconnect();
  }
});

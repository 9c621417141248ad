import type { Db } from '../../core/mysql/open-db.ts';

/**
 * How many rows and index entries MySQL reads during `work`. `work` must use `db`, which must have only one connection.
 * Unlike a time, this number does not depend on the machine, and unlike a plan, it shows a scan that ends late.
 */
export async function rowsRead(db: Db, work: () => Promise<unknown>): Promise<number> {
  const before = await readCount(db);
  await work();
  const after = await readCount(db);
  return after - before;
}

/** Leaves out `Handler_read_rnd_next`, which counts the rows of temporary tables, such as those of SHOW STATUS itself. */
async function readCount(db: Db): Promise<number> {
  const rows = await db.$queryRaw<{ Variable_name: string; Value: string }[]>`
    SHOW SESSION STATUS WHERE Variable_name IN
      ('Handler_read_first', 'Handler_read_last', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev')`;
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

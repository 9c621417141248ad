import type { BenchSystem } from '../system/bench-system.ts';

/** The statements that MySQL has run, by user. */
export type MySqlQueries = Record<'api' | 'worker', number>;

/** Reads MySQL's counters. Resolves to null if the server does not count by user. */
export type ReadMySqlQueries = () => Promise<MySqlQueries | null>;

type Row = { user: string; statements: bigint | number };

/**
 * Makes MySQL count statements by user (MariaDB's `userstat`). The bench connects as a different user, so its own
 * statements don't count.
 */
export async function countMySqlQueries({ db, mysqlUsers }: BenchSystem): Promise<ReadMySqlQueries> {
  try {
    await db.$executeRaw`SET GLOBAL userstat = 1`;
  } catch {
    return () => Promise.resolve(null);
  }
  return async () => {
    const rows = await db.$queryRaw<Row[]>`
      SELECT USER AS user, SELECT_COMMANDS + UPDATE_COMMANDS + OTHER_COMMANDS AS statements
      FROM information_schema.USER_STATISTICS`;
    const of = (name: string): number => Number(rows.find(({ user }) => user === name)?.statements ?? 0);
    return { api: of(mysqlUsers.api.name), worker: of(mysqlUsers.worker.name) };
  };
}

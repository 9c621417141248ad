import { inject } from 'vitest';
import type { Db } from '../../core/mysql/open-db.ts';
import { asDatabaseAdmin } from './database-template.ts';

/**
 * Runs a statement as text in the database of `db` on the shared server. Prisma would prepare the statement, but MySQL
 * can't prepare some statements that MariaDB can, such as CREATE TRIGGER (error 1295).
 */
export async function runAsText(db: Db, sql: string): Promise<void> {
  const [current] = await db.$queryRaw<{ name: string }[]>`SELECT DATABASE() AS name`;
  const url = new URL(inject('databaseAdminUrl'));
  url.pathname = `/${current?.name ?? ''}`;
  await asDatabaseAdmin(url, (connection) => connection.query(sql));
}

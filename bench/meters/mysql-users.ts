import { randomBytes } from 'node:crypto';
import type { Db } from '../../core/mysql/open-db.ts';

/** Separate users for API and worker, so that MySQL counts their queries separately. */
export type MySqlUsers = Record<'api' | 'worker', { name: string; url: string }>;

/** Creates the users, with all rights on the database of `databaseUrl`. */
export async function createMySqlUsers(db: Db, databaseUrl: string): Promise<MySqlUsers> {
  const create = async (name: string): Promise<{ name: string; url: string }> => {
    const url = new URL(databaseUrl);
    url.username = name;
    url.password = randomBytes(18).toString('base64url');
    const account = `'${name}'@'127.0.0.1'`;
    await db.$executeRawUnsafe(`CREATE USER ${account} IDENTIFIED BY '${url.password}'`);
    await db.$executeRawUnsafe(`GRANT ALL PRIVILEGES ON \`${url.pathname.slice(1)}\`.* TO ${account}`);
    return { name, url: url.href };
  };
  return { api: await create('bench_api'), worker: await create('bench_worker') };
}

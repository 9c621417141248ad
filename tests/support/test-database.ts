import { randomBytes } from 'node:crypto';
import { createConnection } from 'mariadb';
import { inject } from 'vitest';
import { migrate } from '../../core/mysql/migrate.ts';

export interface TestDatabase extends AsyncDisposable {
  databaseUrl: string;
  name: string;
}

/** A new database on the shared MariaDB, with all migrations applied. Dropped when disposed. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  await migrate({ databaseUrl: database.databaseUrl });
  return database;
}

/** A new database on the shared MariaDB without any table. Dropped when disposed. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const url = new URL(inject('databaseAdminUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(url, `CREATE DATABASE \`${name}\``);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    databaseUrl: own.href,
    name,
    [Symbol.asyncDispose]: () => asAdmin(url, `DROP DATABASE IF EXISTS \`${name}\``),
  };
}

async function asAdmin({ hostname, port, username, password }: URL, sql: string): Promise<void> {
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    allowPublicKeyRetrieval: true,
  });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

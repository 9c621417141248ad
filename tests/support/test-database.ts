import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { asDatabaseAdmin } from './database-template.ts';

export interface TestDatabase extends AsyncDisposable {
  databaseUrl: string;
  name: string;
}

/**
 * Creates a database on the shared MariaDB, in the state after all migrations. The database is dropped on disposal.
 * Copying it from the template takes 35 ms of CPU time and 9 fsynced DDL statements; migrating would take 140 ms and at
 * least 20 statements.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  const { name, tables } = inject('databaseTemplate');
  await asDatabaseAdmin(new URL(database.databaseUrl), async (connection) => {
    // Lets tables that refer to each other be created in any order.
    await connection.query('SET SESSION foreign_key_checks = 0');
    for (const table of tables) await connection.query(table);
    await connection.query(`INSERT INTO _prisma_migrations SELECT * FROM \`${name}\`._prisma_migrations`);
  });
  return database;
}

/** Creates an empty database on the shared MariaDB. The database is dropped on disposal. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const url = new URL(inject('databaseAdminUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asDatabaseAdmin(url, (connection) => connection.query(`CREATE DATABASE \`${name}\``));
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    databaseUrl: own.href,
    name,
    [Symbol.asyncDispose]: () =>
      asDatabaseAdmin(url, async (connection) => {
        await connection.query(`DROP DATABASE IF EXISTS \`${name}\``);
      }),
  };
}

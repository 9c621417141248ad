import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mariadb';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../core/mysql/database-url.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import { root } from '../../support/processes.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/test-database.ts';
import { readDatabaseShape } from './database-shape.ts';
import { parsePrismaSchema } from './prisma-schema.ts';

const schemaText = readFileSync(join(root, 'prisma', 'schema.prisma'), 'utf8');
const schema = parsePrismaSchema(schemaText);

/** A migrated database that was created with the default character set of MariaDB on Debian. */
async function migratedConnection() {
  const database = await createEmptyDatabase();
  const connection = await createConnection(parseDatabaseUrl(database.databaseUrl).connection);
  await connection.query(`ALTER DATABASE \`${database.name}\` CHARACTER SET latin1 COLLATE latin1_swedish_ci`);
  await migrate({ databaseUrl: database.databaseUrl });
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      await connection.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A copy of a migrated database. A test that uses it need not run the migrations. */
async function copyConnection() {
  const database = await createTestDatabase();
  const connection = await createConnection(parseDatabaseUrl(database.databaseUrl).connection);
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      await connection.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function readTables(connection: Connection): Promise<Record<string, unknown>> {
  const names = await connection.query<Record<string, string>[]>('SHOW TABLES');
  const tables: Record<string, unknown> = {};
  for (const name of names.flatMap((row) => Object.values(row))) {
    [tables[name]] = await connection.query<unknown[]>(`SHOW CREATE TABLE \`${name}\``);
  }
  const migrations = await connection.query<unknown[]>(
    'SELECT migration_name, checksum, applied_steps_count FROM _prisma_migrations ORDER BY migration_name',
  );
  return { tables, migrations };
}

it('test databases have exactly the tables that the migrations make', async () => {
  await using migrated = await migratedConnection();
  await using copy = await copyConnection();
  const tables = await readTables(migrated.connection);
  expect(tables).toHaveProperty('tables.claims');
  expect(await readTables(copy.connection)).toEqual(tables);
});

describe('schema.prisma and the migrations', () => {
  it('describe the same tables, columns, indexes, foreign keys and collations', async () => {
    await using migrated = await migratedConnection();
    expect(await readDatabaseShape(migrated.connection)).toEqual(schema);
  });

  it.each([
    'ALTER TABLE claims ADD COLUMN extra INT NULL',
    'ALTER TABLE claims DROP COLUMN persisted_at',
    'ALTER TABLE claims MODIFY claimed_at DATETIME NOT NULL',
    'ALTER TABLE claims MODIFY code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL',
    'ALTER TABLE events MODIFY time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL',
    'ALTER TABLE events ALTER listed SET DEFAULT false',
    'ALTER TABLE rounds MODIFY stock INT NOT NULL',
    'ALTER TABLE rounds DROP INDEX rounds_live',
    'ALTER TABLE claims DROP INDEX claims_code, ADD INDEX claims_code (code)',
    'ALTER TABLE claims DROP FOREIGN KEY claims_round',
    'CREATE TABLE forgotten (id INT PRIMARY KEY)',
  ])('differ after %s', async (change) => {
    await using migrated = await copyConnection();
    await migrated.connection.query(change);
    expect(await readDatabaseShape(migrated.connection)).not.toEqual(schema);
  });

  it.each([
    ['an extra column', 'listed      Boolean', 'extra Int @db.UnsignedInt\n  listed      Boolean'],
    ['another column name', '@map("persisted_at")', '@map("stored_at")'],
    ['another type', '@map("claimed_at") @db.DateTime(3)', '@map("claimed_at") @db.DateTime(6)'],
    ['another default', '@default(true)', '@default(false)'],
    ['a column that allows null', 'currency    String ', 'currency    String?'],
    ['another collation', '/// collation: ascii_bin\n  code ', '/// collation: ascii_general_ci\n  code '],
    ['one index less', '  @@index([opensAt], map: "rounds_by_opening")\n', ''],
    ['an index instead of a unique key', '@@unique([code]', '@@index([code]'],
    ['another table name', '@@map("rounds")', '@@map("turns")'],
    ['a different ON DELETE rule', 'onDelete: Restrict', 'onDelete: Cascade'],
  ])('differ if the schema has %s', async (_what, from, to) => {
    await using migrated = await copyConnection();
    expect(schemaText).toContain(from);
    const changed = parsePrismaSchema(schemaText.replace(from, to));
    expect(await readDatabaseShape(migrated.connection)).not.toEqual(changed);
  });

  it('reject values that no round or event can have', async () => {
    await using migrated = await copyConnection();
    const { connection } = migrated;
    await connection.query(
      `INSERT INTO events (id, name, description, amount, currency, strategy, created_at, updated_at)
       VALUES ('e', 'n', '', 1, 'KRW', 'redis-stream', NOW(3), NOW(3))`,
    );
    const round = (stock: number) =>
      connection.query(
        `INSERT INTO rounds (event_id, round, stock, opens_at, code_key, created_at)
         VALUES ('e', 1, ?, NOW(3), REPEAT('k', 32), NOW(3))`,
        [stock],
      );
    await expect(round(0)).rejects.toThrow('rounds_stock');
    await expect(round(100_000_001)).rejects.toThrow('rounds_stock');
    await round(10);
    const claim = (serial: number) =>
      connection.query(`INSERT INTO claims VALUES ('e', 1, ?, 'kim', 'C', NOW(3), NOW(3))`, [serial]);
    await expect(claim(0)).rejects.toThrow('claims_serial');
    await expect(connection.query(`UPDATE events SET amount = 1000000000001`)).rejects.toThrow('events_amount');
  });
});

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mariadb';
import { describe, expect, inject, it } from 'vitest';
import { parseDatabaseUrl } from '../../../core/mysql/database-url.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import { root, startCommand } from '../../support/processes.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/test-database.ts';

const ownMigrations = join(root, 'prisma', 'migrations');
const ownNames = readdirSync(ownMigrations).filter((name) => /^\d{14}_/.test(name));

function copyMigrations(): string {
  const directory = mkdtempSync(join(inject('runDir'), 'migrations-'));
  cpSync(ownMigrations, directory, { recursive: true });
  return directory;
}

function addMigration(directory: string, name: string, sql: string): void {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'migration.sql'), sql);
}

async function query<Row>(database: TestDatabase, sql: string): Promise<Row[]> {
  const connection = await createConnection(parseDatabaseUrl(database.databaseUrl).connection);
  try {
    return await connection.query<Row[]>(sql);
  } finally {
    await connection.end();
  }
}

describe('migrate', () => {
  it('applies pending migrations in order, and does nothing when it runs again', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    const directory = copyMigrations();
    addMigration(directory, '99990102000000_b', 'ALTER TABLE a ADD COLUMN y INT; INSERT INTO a VALUES (1, 2);');
    addMigration(directory, '99990101000000_a', 'CREATE TABLE a (x INT);');
    expect(await migrate({ databaseUrl })).toEqual(ownNames);
    expect(await migrate({ databaseUrl, directory })).toEqual(['99990101000000_a', '99990102000000_b']);
    expect(await migrate({ databaseUrl, directory })).toEqual([]);
    expect(await query(database, 'SELECT * FROM a')).toEqual([{ x: 1, y: 2 }]);
  });

  it('records each migration as Prisma does', async () => {
    await using database = await createEmptyDatabase();
    await migrate({ databaseUrl: database.databaseUrl });
    const rows = await query<Record<string, unknown>>(
      database,
      'SELECT * FROM _prisma_migrations ORDER BY migration_name',
    );
    expect(rows).toEqual(
      ownNames.map((name) => ({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as unknown,
        checksum: createHash('sha256')
          .update(readFileSync(join(ownMigrations, name, 'migration.sql')))
          .digest('hex'),
        finished_at: expect.any(Date) as unknown,
        migration_name: name,
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(Date) as unknown,
        applied_steps_count: 1,
      })),
    );
  });

  it('creates a missing database', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    await query(database, `DROP DATABASE \`${database.name}\``);
    expect(await migrate({ databaseUrl })).toEqual(ownNames);
    const [{ charset } = { charset: '' }] = await query<{ charset: string }>(
      database,
      'SELECT @@character_set_database charset',
    );
    expect(charset).toBe('utf8mb4');
  });

  it('applies each migration once if ten processes start at the same time', async () => {
    await using database = await createEmptyDatabase();
    const script = `const { migrate } = await import('${root}/core/mysql/migrate.ts');
      console.log(JSON.stringify(await migrate({ databaseUrl: process.env.DATABASE_URL })));`;
    const args = ['--input-type=module', '-e', script];
    const processes = await Promise.all(
      Array.from({ length: 10 }, () => startCommand(process.execPath, args, { DATABASE_URL: database.databaseUrl })),
    );
    const applied = await Promise.all(
      processes.map(async (one) => {
        expect(await one.ended).toMatchObject({ code: 0 });
        return JSON.parse(one.output()) as string[];
      }),
    );
    expect(applied.flat()).toEqual(ownNames);
    expect(await query(database, 'SELECT 1 FROM _prisma_migrations')).toHaveLength(ownNames.length);
  });

  it('refuses an applied migration whose file was changed, and changes nothing', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    await migrate({ databaseUrl });
    const directory = copyMigrations();
    writeFileSync(join(directory, ownNames[0] ?? '', 'migration.sql'), '-- something else');
    addMigration(directory, '99990101000000_a', 'CREATE TABLE a (x INT);');
    await expect(migrate({ databaseUrl, directory })).rejects.toThrow(/was changed after it was applied/);
    expect(await query(database, `SHOW TABLES LIKE 'a'`)).toEqual([]);
  });

  it('accepts a migration whose file differs only in its line endings', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    await migrate({ databaseUrl });
    const directory = copyMigrations();
    const file = join(directory, ownNames[0] ?? '', 'migration.sql');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    expect(await migrate({ databaseUrl, directory })).toEqual([]);
  });

  it('records a failed migration, and refuses to continue until somebody has resolved it', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    const directory = copyMigrations();
    addMigration(directory, '99990101000000_a', 'CREATE TABLE a (x INT); CREATE TABEL b (x INT);');
    await expect(migrate({ databaseUrl, directory })).rejects.toThrow(/99990101000000_a .* failed: .*TABEL/s);
    await expect(migrate({ databaseUrl, directory })).rejects.toThrow(/99990101000000_a .* failed: .*by hand/s);
    await query(database, `UPDATE _prisma_migrations SET rolled_back_at = NOW(3) WHERE finished_at IS NULL`);
    await query(database, `DROP TABLE a`);
    writeFileSync(join(directory, '99990101000000_a', 'migration.sql'), 'CREATE TABLE a (x INT);');
    expect(await migrate({ databaseUrl, directory })).toEqual(['99990101000000_a']);
  });

  it('refuses a database that is newer than this version', async () => {
    await using database = await createEmptyDatabase();
    const { databaseUrl } = database;
    const directory = copyMigrations();
    addMigration(directory, '99990101000000_a', 'CREATE TABLE a (x INT);');
    await migrate({ databaseUrl, directory });
    await expect(migrate({ databaseUrl })).rejects.toThrow(/newer than this version.*99990101000000_a/);
  });

  it('reports a missing database if it may not create one', async () => {
    await using database = await createEmptyDatabase();
    const user = `u_${database.name}`;
    await query(database, `CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'`);
    try {
      const url = new URL(database.databaseUrl);
      url.username = user;
      url.password = 'secret';
      url.pathname = '/elsewhere';
      const refused = migrate({ databaseUrl: url.href });
      await expect(refused).rejects.toThrow(/elsewhere/);
      await expect(refused).rejects.not.toThrow(/secret/);
    } finally {
      await query(database, `DROP USER '${user}'@'%'`);
    }
  });
});

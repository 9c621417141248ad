import { createHash, randomUUID } from 'node:crypto';
import { type Connection, createConnection } from 'mariadb';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { mysqlErrno } from './mysql-error.ts';

export type MigrateOptions = {
  databaseUrl: string;
  /** Called at each step with a line that describes it for people. */
  log?: ((line: string) => void) | undefined;
  /** Where the migrations are. Default: this version's migrations. */
  directory?: string | undefined;
};

/** Longer than any migration should take. Otherwise processes that wait for a long migration would fail to start. */
const lockWaitSeconds = 120;
const connectTimeoutMs = 5_000;

/**
 * Applies the migrations of this version that are missing, and resolves to their names. Creates the database if it is
 * missing and the user has the right to create it. Many processes may call this at once: one works, the others wait.
 * Fills `_prisma_migrations` as Prisma does, so that `prisma migrate deploy` agrees. Throws, and changes nothing, if
 * the database is newer than this version, if an applied migration's file has changed, or if a migration failed or was
 * interrupted.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { log = () => {} } = options;
  const migrations = readMigrations(options.directory);
  const address = parseDatabaseUrl(options.databaseUrl);
  const connection = await connectOrCreate(address, log);
  // Ignored, because statements also report a lost connection. Without a listener, the event would end the process.
  connection.on('error', () => {});
  try {
    await connection.query(`SET SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES'`);
    await lock(connection, address.database, log);
    await connection.query(migrationsTable);
    const pending = pendingMigrations(migrations, await connection.query<AppliedRow[]>(appliedRows), address.database);
    for (const migration of pending) {
      log(`Applying migration ${migration.name}`);
      await apply(connection, migration, address.database);
    }
    return pending.map(({ name }) => name);
  } finally {
    // Ending the connection also releases the lock.
    await connection.end().catch(() => connection.destroy());
  }
}

/**
 * Whether the database has every migration of this version; it may have newer ones too. Changes nothing. Throws if
 * MySQL does not answer.
 */
export async function isMigrated({ databaseUrl, directory }: Omit<MigrateOptions, 'log'>): Promise<boolean> {
  const wanted = readMigrations(directory);
  const { connection: address } = parseDatabaseUrl(databaseUrl);
  const connection = await createConnection({ ...address, connectTimeout: connectTimeoutMs }).catch(absent);
  if (connection === null) return false;
  connection.on('error', () => {});
  try {
    const rows = await connection.query<AppliedRow[]>(appliedRows).catch(absent);
    const done = new Set(rows?.filter(({ finished }) => Number(finished) === 1).map(({ name }) => name));
    return wanted.every(({ name }) => done.has(name));
  } finally {
    await connection.end().catch(() => connection.destroy());
  }
}

/** Null if the database, or its table of migrations, does not exist yet. */
function absent(error: unknown): null {
  const errno = mysqlErrno(error);
  if (errno === unknownDatabase || errno === unknownTable) return null;
  throw error;
}

async function connectOrCreate({ connection, database }: DatabaseAddress, log: (line: string) => void) {
  const options = {
    ...connection,
    multipleStatements: true,
    connectTimeout: connectTimeoutMs,
    collation: 'UTF8MB4_BIN',
  };
  try {
    return await createConnection(options);
  } catch (error) {
    if (mysqlErrno(error) !== unknownDatabase) throw error;
  }
  log(`Creating database ${database}`);
  const { database: _, ...withoutDatabase } = options;
  const server = await createConnection(withoutDatabase);
  try {
    await server.query(
      `CREATE DATABASE IF NOT EXISTS ${server.escapeId(database)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
  } catch (cause) {
    throw new Error(
      `The database ${database} does not exist and this user may not create it. Create it, or use another user.`,
      { cause },
    );
  } finally {
    await server.end();
  }
  return createConnection(options);
}

const unknownDatabase = 1049;
const unknownTable = 1146;

/**
 * A named lock belongs to the server, not to a database, so the lock's name includes a hash of the database's name,
 * which keeps it below 64 characters.
 */
async function lock(connection: Connection, database: string, log: (line: string) => void): Promise<void> {
  const name = `firstcome_migrate_${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
  const take = async (seconds: number): Promise<boolean> => {
    const rows = await connection.query<{ taken: number | bigint | null }[]>('SELECT GET_LOCK(?, ?) AS taken', [
      name,
      seconds,
    ]);
    return Number(rows[0]?.taken ?? 0) === 1;
  };
  if (await take(0)) return;
  log('Another process is migrating the database; waiting for it');
  if (await take(lockWaitSeconds)) return;
  throw new Error(`Another process has been migrating the database ${database} for ${lockWaitSeconds} s. Try again.`);
}

/** The table as Prisma creates it. */
const migrationsTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             DATETIME(3),
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          DATETIME(3),
    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0
  ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

type AppliedRow = { name: string; checksum: string; finished: number | bigint; logs: string | null };

const appliedRows = `
  SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, logs
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`;

/** The migrations that are still to be applied. Throws if they can't be applied to this database. */
function pendingMigrations(migrations: Migration[], applied: AppliedRow[], database: string): Migration[] {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const known = byName.get(row.name);
    if (known === undefined) {
      throw new Error(
        `The database ${database} is newer than this version: it has the migration ${row.name}. Run the newer version.`,
      );
    }
    if (Number(row.finished) === 0) {
      const why = row.logs === null || row.logs === '' ? 'was interrupted' : `failed: ${row.logs}`;
      throw new Error(
        `The migration ${row.name} of the database ${database} ${why}. If the database holds nothing yet, drop it and ` +
          `start again. Otherwise, complete by hand what prisma/migrations/${row.name}/migration.sql does, and run ` +
          `"npx prisma migrate resolve --applied ${row.name}".`,
      );
    }
    if (!known.checksums.includes(row.checksum)) {
      throw new Error(
        `The migration ${row.name} was changed after it was applied to the database ${database}. ` +
          'Put the file back as it was, and make the change in a new migration.',
      );
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(connection: Connection, { name, sql, checksum }: Migration, database: string): Promise<void> {
  const id = randomUUID();
  await connection.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES (?, ?, ?, NOW(3))',
    [id, checksum, name],
  );
  try {
    await connection.query(sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    await connection.query('UPDATE _prisma_migrations SET logs = ? WHERE id = ?', [reason, id]).catch(() => {});
    throw new Error(`The migration ${name} of the database ${database} failed: ${reason}`, { cause });
  }
  await connection.query('UPDATE _prisma_migrations SET finished_at = NOW(3), applied_steps_count = 1 WHERE id = ?', [
    id,
  ]);
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Migration = {
  name: string;
  sql: string;
  /** SHA-256 of the file in hex, as Prisma computes it. */
  checksum: string;
  /** Both line endings give the same checksum, so that a checkout on Windows has the same migrations. */
  checksums: string[];
};

const ownDirectory = join(dirname(dirname(import.meta.dirname)), 'prisma', 'migrations');

/** The migrations in Prisma's layout, `<timestamp>_<name>/migration.sql`, in the order in which they are applied. */
export function readMigrations(directory: string = ownDirectory): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readMigration(directory, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readMigration(directory: string, name: string): Migration {
  const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8');
  const unix = sql.replaceAll('\r\n', '\n');
  const checksums = [sql, unix, unix.replaceAll('\n', '\r\n')].map(sha256);
  return { name, sql, checksum: sha256(sql), checksums };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

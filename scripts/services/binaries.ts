import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { installWithApt, type Package } from './apt.ts';
import type { DatabaseFlavour } from './mariadb-server.ts';

export interface DatabaseBinary {
  file: string;
  flavour: DatabaseFlavour;
}

export interface Binaries {
  redis: string | null;
  database: DatabaseBinary | null;
}

export interface Needs {
  redis: boolean;
  database: boolean;
}

/**
 * Finds the needed servers on this machine, or installs them. If neither is possible, throws an error that says what to
 * do.
 */
export async function findOrInstall(needs: Needs, say: (line: string) => void): Promise<Binaries> {
  const found = find(needs);
  const missing = missingPackages(needs, found);
  if (missing.length === 0) return found;
  await installWithApt(missing, () => missingPackages(needs, find(needs)), say);
  const installed = find(needs);
  const stillMissing = missingPackages(needs, installed);
  if (stillMissing.length === 0) return installed;
  throw new Error(`apt installed the packages, but ${stillMissing.join(' and ')} can't be found in PATH.`);
}

export const missingServers = (needs: Needs): Package[] => missingPackages(needs, find(needs));

function find(needs: Needs): Binaries {
  return {
    redis: needs.redis ? which('redis-server', 'valkey-server') : null,
    database: needs.database ? findDatabase() : null,
  };
}

function missingPackages(needs: Needs, found: Binaries): Package[] {
  const missing: Package[] = [];
  if (needs.redis && found.redis === null) missing.push('redis-server');
  if (needs.database && found.database === null) missing.push('mariadb-server-core');
  return missing;
}

function findDatabase(): DatabaseBinary | null {
  const file = which('mariadbd', 'mysqld');
  if (file === null) return null;
  if (basename(file) === 'mariadbd') return { file, flavour: 'mariadb' };
  // MariaDB's program may also be named mysqld.
  const version = execFileSync(file, ['--no-defaults', '--version'], { encoding: 'utf8' });
  return { file, flavour: version.includes('MariaDB') ? 'mariadb' : 'mysql' };
}

/**
 * Finds the first folder in PATH that has one of these programs. If the folder has several, the first name in the list
 * wins. So PATH decides which servers run, as with `npm test -- --servers`.
 */
function which(...names: string[]): string | null {
  // These folders are searched after PATH. Linux keeps servers in sbin, which an ordinary user's PATH does not contain.
  const dirs = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/opt/homebrew/bin',
  ];
  return dirs.flatMap((dir) => names.map((name) => join(dir, name))).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

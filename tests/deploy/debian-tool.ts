import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ownSuite } from '../../scripts/debian/debian-suite.ts';
import { cacheDirOf, ensurePrograms } from '../../scripts/debian/program-cache.ts';
import { type DebianProgram, runFolder } from '../../scripts/debian/program-folder.ts';

export type DebianTool = DebianProgram & { why: string };

/** Renders the files in deploy/kubernetes. */
export const kubectl: DebianTool = {
  ...{ program: 'kubectl', folder: 'usr/bin', packageName: 'kubectl', suite: 'unstable', version: '1.' },
  check: ['version', '--client'],
  why: 'to render the files of deploy/kubernetes',
};
/** Checks the rules of deploy/observability, and runs them on real metrics. Debian's package also has `promtool`. */
export const prometheus: DebianTool = {
  ...{ program: 'prometheus', folder: 'usr/bin', packageName: 'prometheus', suite: 'bookworm', version: '2.42.' },
  also: ['promtool'],
  check: ['--version'],
  why: 'to check metrics, alarms and dashboards',
};
/** Resolves docker-compose.yml, without a Docker engine. */
export const compose: DebianTool = {
  ...{ program: 'docker-compose', folder: 'usr/bin', packageName: 'docker-compose', suite: 'unstable', version: '2.' },
  check: ['version'],
  why: 'to check docker-compose.yml',
};
const mariaDbClient = { folder: 'usr/bin', suite: 'bookworm', version: '10.11.', check: ['--version'] } as const;
const mySqlClient = { folder: 'usr/bin', suite: 'unstable', version: '9.7.', check: ['--version'] } as const;

/**
 * The programs that back up and restore each kind of database. A dump or a server of one kind is not safe with the
 * other kind's programs.
 */
export const databaseTools: Record<'mariadb' | 'mysql', { dump: DebianTool; client: DebianTool }> = {
  mariadb: {
    dump: { ...mariaDbClient, program: 'mariadb-dump', packageName: 'mariadb-client', why: 'to back MariaDB up' },
    client: { ...mariaDbClient, program: 'mariadb', packageName: 'mariadb-client-core', why: 'to restore MariaDB' },
  },
  mysql: {
    dump: { ...mySqlClient, program: 'mysqldump', packageName: 'mysql-client-core', why: 'to back MySQL up' },
    client: { ...mySqlClient, program: 'mysql', packageName: 'mysql-client-core', why: 'to restore MySQL' },
  },
};

export type Found = { path: string } | { missing: string };

/**
 * Finds a tool on this machine. If it is missing, unpacks Debian's package and its libraries into the cache folder,
 * once. Installs nothing.
 */
export async function findTool(tool: DebianTool): Promise<Found> {
  const { program, check, version, why } = tool;
  const own = spawnSync(program, check, { encoding: 'utf8' });
  if (own.status === 0 && own.stdout.includes(version)) return { path: program };
  const missing = `${program} ${version}* is needed ${why}, and is not on PATH`;
  const { problem } = ownSuite();
  if (problem !== undefined) return { missing: `${missing}. Install it: ${problem}.` };
  try {
    const name = `${program}-${version.replace(/\.$/, '')}`;
    const [ready] = await ensurePrograms({ [name]: tool }, [name], console.error, cacheDirOf('tools'));
    if (ready === undefined) throw new Error(`${name} is missing.`);
    return { path: join(runFolder(ready.folder), program) };
  } catch (err) {
    return { missing: `${missing}. Debian's packages did not give it: ${String(err)}` };
  }
}

import type { DebianProgram } from '../debian/program-folder.ts';

/** A server with which the tests can run instead of the machine's own. This file is the only list of such servers. */
export type ServerBuild = DebianProgram & { kind: 'database' | 'redis' };

const database = {
  kind: 'database',
  folder: 'usr/sbin',
  check: ['--no-defaults', '--version'],
  // The argument that names the folder with the messages and plugins, for MariaDB and MySQL.
  more: '--basedir="$root/usr"',
} as const;
const mariaDb = { ...database, program: 'mariadbd', packageName: 'mariadb-server-core' } as const;
const mySql = { ...database, program: 'mysqld', packageName: 'mysql-server-core' } as const;
const keyValue = { kind: 'redis', folder: 'usr/bin', check: ['--version'] } as const;
const redis = { ...keyValue, program: 'redis-server', packageName: 'redis-server' } as const;
const valkey = { ...keyValue, program: 'valkey-server', packageName: 'valkey-server' } as const;

export const serverBuilds = {
  'mariadb-10.11': { ...mariaDb, suite: 'bookworm', version: '10.11.' },
  'mariadb-11': { ...mariaDb, suite: 'trixie', version: '11.' },
  'mysql-9.7': { ...mySql, suite: 'unstable', version: '9.7.' },
  'redis-7.0': { ...redis, suite: 'bookworm', version: '7.0.' },
  'redis-8.0': { ...redis, suite: 'trixie', version: '8.0.' },
  'valkey-9': { ...valkey, suite: 'unstable', version: '9.' },
} as const satisfies Record<string, ServerBuild>;

export type BuildName = keyof typeof serverBuilds;

export const buildNames = Object.keys(serverBuilds) as BuildName[];

/**
 * The pairs that `npm run compat` tests. Each build is in at least one pair, and the newest builds are paired with each
 * other.
 */
export const triedPairs: readonly (readonly [database: BuildName, redis: BuildName])[] = [
  ['mariadb-10.11', 'redis-7.0'],
  ['mariadb-11', 'redis-8.0'],
  ['mysql-9.7', 'redis-8.0'],
  ['mysql-9.7', 'valkey-9'],
];

/**
 * Parses server names separated by commas. Returns an error message if a name is unknown, or if two servers are of the
 * same kind.
 */
export function parseBuildNames(text: string): BuildName[] | string {
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name): name is BuildName => name in serverBuilds);
  const unknown = names.find((name) => !(name in serverBuilds));
  if (unknown !== undefined) return `There is no server '${unknown}'. Choose from: ${buildNames.join(', ')}.`;
  for (const kind of ['database', 'redis'] as const) {
    const [first, second] = known.filter((name) => serverBuilds[name].kind === kind);
    if (second !== undefined)
      return `Give at most one database and one Redis: ${first} and ${second} are of the same kind.`;
  }
  return known;
}

/**
 * A server that the tests can use instead of the machine's own: a Debian package, unpacked into a folder of its own.
 * This file has the only list of these builds.
 */
export type ServerBuild = {
  kind: 'database' | 'redis';
  /** The program's name, and the folder in which the package has it. */
  program: 'mariadbd' | 'mysqld' | 'redis-server' | 'valkey-server';
  folder: 'usr/bin' | 'usr/sbin';
  packageName: string;
  /** The Debian suite that has this version. The unstable suite moves on to newer versions, so `version` is checked. */
  suite: 'bookworm' | 'trixie' | 'unstable';
  /** How the version must begin. A package of another version is refused. */
  version: string;
};

const mariaDb = {
  kind: 'database',
  program: 'mariadbd',
  folder: 'usr/sbin',
  packageName: 'mariadb-server-core',
} as const;
const mySql = { kind: 'database', program: 'mysqld', folder: 'usr/sbin', packageName: 'mysql-server-core' } as const;
const redis = { kind: 'redis', program: 'redis-server', folder: 'usr/bin', packageName: 'redis-server' } as const;
const valkey = { kind: 'redis', program: 'valkey-server', folder: 'usr/bin', packageName: 'valkey-server' } as const;

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
 * The pairs that `npm run compat` tries. Every build is in at least one pair, and the newest builds are tried together.
 */
export const triedPairs: readonly (readonly [database: BuildName, redis: BuildName])[] = [
  ['mariadb-10.11', 'redis-7.0'],
  ['mariadb-11', 'redis-8.0'],
  ['mysql-9.7', 'redis-8.0'],
  ['mysql-9.7', 'valkey-9'],
];

/**
 * Parses names separated by commas. Returns an error message if a name is unknown, or if two of them are of the same
 * kind.
 */
export function parseBuildNames(text: string): BuildName[] | string {
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name): name is BuildName => name in serverBuilds);
  const unknown = names.find((name) => !(name in serverBuilds));
  if (unknown !== undefined) return `There is no server '${unknown}'. There are: ${buildNames.join(', ')}.`;
  for (const kind of ['database', 'redis'] as const) {
    const [first, second] = known.filter((name) => serverBuilds[name].kind === kind);
    if (second !== undefined) return `Give one database and one Redis at most: ${first} and ${second} do the same job.`;
  }
  return known;
}

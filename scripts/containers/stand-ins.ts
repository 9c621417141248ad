import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { standInLabel } from './base-images.ts';
import type { DebianSuite } from '../debian/debian-suite.ts';
import type { Tools } from '../debian/tools.ts';
import { unpackRoot } from '../debian/unpack.ts';
import { type Docker, runProgram } from '../services/docker.ts';

type Account = { name: string; id: number; home: string };

type StandIn = {
  packages: readonly string[];
  account: Account;
  /** Folders that the account owns. */
  owned: readonly string[];
  files?: Record<string, string>;
  /** Further instructions for the image. */
  instructions: readonly string[];
};

/** A shell and its usual commands, which our scripts and health checks call. */
const shell = ['dash', 'coreutils', 'grep'];

const redis: StandIn = {
  packages: ['redis-server', ...shell],
  account: { name: 'redis', id: 999, home: '/data' },
  owned: ['/data'],
  instructions: ['WORKDIR /data', 'CMD ["redis-server"]'],
};

/**
 * The part of the official image's entrypoint that we need. If the data folder is empty, it creates the system tables,
 * the user and the database.
 */
const mysqlEntrypoint = `#!/bin/sh
set -eu
data=/var/lib/mysql
init=/tmp/init.sql
if [ ! -d "$data/mysql" ]; then
  "$@" --initialize-insecure
fi
cat > "$init" <<SQL
CREATE DATABASE IF NOT EXISTS \\\`$MYSQL_DATABASE\\\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD';
GRANT ALL PRIVILEGES ON \\\`$MYSQL_DATABASE\\\`.* TO '$MYSQL_USER'@'%';
SQL
exec "$@" --init-file="$init"
`;

const mysql: StandIn = {
  packages: ['mysql-server-core', 'mysql-client-core', ...shell],
  account: { name: 'mysql', id: 999, home: '/var/lib/mysql' },
  owned: ['/var/lib/mysql', '/var/run/mysqld'],
  files: {
    '/etc/my.cnf':
      '[mysqld]\ndatadir=/var/lib/mysql\nsocket=/var/run/mysqld/mysqld.sock\nsecure-file-priv=NULL\nmysqlx=OFF\n',
    '/entrypoint.sh': mysqlEntrypoint,
  },
  instructions: ['ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["mysqld"]'],
};

const node: StandIn = {
  packages: ['libstdc++6', ...shell],
  account: { name: 'node', id: 1000, home: '/home/node' },
  owned: ['/home/node'],
  instructions: ['CMD ["node"]'],
};

const kinds = { redis, mysql, node } as const;

export type StandInSource = {
  docker: Docker;
  /** This machine's suite, and unstable, because only unstable has MySQL. */
  suites: { own: DebianSuite; unstable: DebianSuite };
  tools: Tools;
  workDir: string;
  root: string;
  signal: AbortSignal;
};

/** Builds the stand-in for one image, under the name `name`. */
export async function buildStandIn(
  kind: keyof typeof kinds,
  name: string,
  { docker, suites, tools, workDir, root, signal }: StandInSource,
): Promise<void> {
  const standIn: StandIn = kinds[kind];
  const folder = join(workDir, kind);
  mkdirSync(folder, { recursive: true });
  await unpackRoot(kind === 'node' ? suites.own : suites.unstable, standIn.packages, { folder, tools });
  if (kind === 'node') await addNode(folder, root);
  addAccount(folder, standIn);
  for (const [path, content] of Object.entries(standIn.files ?? {})) {
    writeFileSync(join(folder, path), content);
    chmodSync(join(folder, path), path.endsWith('.sh') ? 0o755 : 0o644);
  }
  await importRoot({ docker, folder, name, instructions: standIn.instructions, signal });
  rmSync(folder, { recursive: true, force: true });
}

function addAccount(folder: string, { account: { name, id, home }, owned }: StandIn): void {
  mkdirSync(join(folder, 'etc'), { recursive: true });
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  chmodSync(join(folder, 'tmp'), 0o1777);
  mkdirSync(join(folder, 'root'), { recursive: true });
  const root = 'root:x:0:0:root:/root:/bin/sh\n';
  writeFileSync(join(folder, 'etc/passwd'), `${root}${name}:x:${id}:${id}::${home}:/usr/sbin/nologin\n`);
  writeFileSync(join(folder, 'etc/group'), `root:x:0:\n${name}:x:${id}:\n`);
  for (const path of owned) {
    mkdirSync(join(folder, path), { recursive: true });
    chownSync(join(folder, path), id, id);
    // A tmpfs gets the mode of the folder on which Docker mounts it. MySQL's image gives this folder the same mode.
    if (path === '/var/run/mysqld') chmodSync(join(folder, path), 0o1777);
  }
}

/** Adds the version of Node in package-lock.json, and this machine's npm. */
async function addNode(folder: string, root: string): Promise<void> {
  const local = join(folder, 'usr', 'local');
  const binary = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!existsSync(binary)) throw new Error(`${binary} is missing. Run npm ci and the same command again.`);
  mkdirSync(join(local, 'bin'), { recursive: true });
  cpSync(binary, join(local, 'bin', 'node'));
  const modules = join(local, 'lib', 'node_modules');
  cpSync(await npmFolder(), join(modules, 'npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin', 'npm'));
}

async function npmFolder(): Promise<string> {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('npm-cli.js') === true) return dirname(dirname(realpathSync(cli)));
  const { stdout } = await runProgram('npm', ['root', '--global']);
  return join(stdout.trim(), 'npm');
}

type RootToImport = {
  docker: Docker;
  folder: string;
  name: string;
  instructions: readonly string[];
  signal: AbortSignal;
};

async function importRoot({ docker, folder, name, instructions, signal }: RootToImport): Promise<void> {
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const changes = [path, `LABEL ${standInLabel}=true`, ...instructions].flatMap((line) => ['--change', line]);
  const tar = spawn('tar', ['-C', folder, '--numeric-owner', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const load = spawn('docker', ['import', ...changes, '-', name], {
    env: docker.env,
    stdio: [tar.stdout, 'ignore', 'inherit'],
    signal,
  });
  const [[tarCode], [loadCode]] = (await Promise.all([once(tar, 'exit'), once(load, 'exit')])) as [
    [number | null],
    [number | null],
  ];
  if (tarCode !== 0 || loadCode !== 0) throw new Error(`The stand-in for ${name} could not be loaded into Docker.`);
}

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/processes.ts';

export type DebianTool = {
  command: string;
  /** Arguments with which the tool succeeds wherever it can run. */
  check: string[];
  packages: string[];
  /** The Debian suite that has the tool. Default: the machine's own. */
  suite?: 'unstable';
  why: string;
};

/** Renders the files of deploy/kubernetes. Unstable's kubectl also runs on older Debian releases. */
export const kubectl: DebianTool = {
  ...{ command: 'kubectl', check: ['version', '--client'], packages: ['kubectl'], suite: 'unstable' },
  why: 'to render the files of deploy/kubernetes',
};
export const mysqldump: DebianTool = {
  ...{ command: 'mariadb-dump', check: ['--version'], packages: ['mariadb-client'] },
  why: 'to back MySQL up',
};
export const mysqlClient: DebianTool = {
  ...{ command: 'mariadb', check: ['--version'], packages: ['mariadb-client-core'] },
  why: 'to restore MySQL',
};

export type Found = { path: string } | { missing: string };

/** Finds a tool on this machine, or unpacks Debian's package of it into node_modules/.cache. Installs nothing. */
export function findTool(tool: DebianTool): Found {
  const { command, check, packages, why } = tool;
  const kept = join(root, 'node_modules', '.cache', 'firstcome', packages.join('+'));
  const unpacked = join(kept, 'usr', 'bin', command);
  const runs = (path: string): boolean => spawnSync(path, check, { stdio: 'ignore' }).status === 0;
  for (const path of [command, unpacked]) if (runs(path)) return { path };
  const missing = `${command} is needed ${why}, and is not on PATH`;
  if (!existsSync('/usr/bin/apt-get')) return { missing: `${missing}. Install it.` };
  try {
    unpackTool(tool, kept);
  } catch (err) {
    return { missing: `${missing}. Debian's packages did not give it: ${String(err)}` };
  }
  return runs(unpacked) ? { path: unpacked } : { missing: `${missing}. Debian's does not run here.` };
}

function unpackTool({ packages, suite }: DebianTool, kept: string): void {
  const dir = `${kept}.fetching`;
  rmSync(dir, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(dir, folder), { recursive: true });
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
  const options = suite === undefined ? [] : optionsFor(suite, dir);
  const apt = (...args: string[]) => run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', ...options, ...args]);
  const names = packages.map((name) => (suite === undefined ? name : `${name}/${suite}`));
  const hasLists = suite === undefined && spawnSync('apt-cache', ['show', ...names], { stdio: 'ignore' }).status === 0;
  if (!hasLists) apt('update');
  apt('download', ...names);
  for (const file of readdirSync(dir).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['-x', file, 'unpacked']);
  rmSync(kept, { recursive: true, force: true });
  renameSync(join(dir, 'unpacked'), kept);
  rmSync(dir, { recursive: true });
}

/** Uses separate package lists, so that the machine's apt still knows only its own release. */
function optionsFor(suite: string, dir: string): string[] {
  const sources = join(dir, 'sources.list');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources, `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main\n`);
  const settings = {
    ...{ 'Dir::Etc::sourcelist': sources, 'Dir::Etc::sourceparts': '/dev/null', 'Acquire::Languages': 'none' },
    ...{ 'Dir::State::lists': join(dir, 'lists'), 'Dir::Cache': join(dir, 'cache') },
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/processes.ts';

const kept = join(root, 'node_modules', '.cache', 'firstcome', 'kubectl');

export type Kubectl = { command: string } | { missing: string };

/**
 * Finds kubectl: this machine's, or one from Debian's unstable suite, which runs unpacked on older releases too. That
 * one is fetched once, into node_modules/.cache; nothing is installed.
 */
export function findKubectl(): Kubectl {
  for (const command of ['kubectl', kept]) if (runs(command)) return { command };
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    return { missing: 'kubectl is not on PATH: install it to check the files in deploy/kubernetes.' };
  }
  try {
    fetchFromUnstable();
  } catch (err) {
    return { missing: `kubectl is not on PATH, and Debian's unstable suite did not give it: ${String(err)}` };
  }
  return { command: kept };
}

const runs = (command: string): boolean =>
  spawnSync(command, ['version', '--client'], { stdio: 'ignore' }).status === 0;

/** With package lists of its own, so that the machine's apt goes on knowing only its own release. */
function fetchFromUnstable(): void {
  const dir = `${kept}.fetching`;
  rmSync(dir, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(dir, folder), { recursive: true });
  const sources = join(dir, 'sources.list');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources, `deb [signed-by=${keyring}] http://deb.debian.org/debian unstable main\n`);
  const own = { 'Dir::Etc::sourcelist': sources, 'Dir::Etc::sourceparts': '/dev/null' };
  const folders = { 'Dir::State::lists': join(dir, 'lists'), 'Dir::Cache': join(dir, 'cache') };
  const settings = { ...own, ...folders, 'Acquire::Languages': 'none', 'APT::Sandbox::User': 'root' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
  run('apt-get', ['-q', ...options, 'update']);
  run('apt-get', ['-q', ...options, 'download', 'kubectl/unstable']);
  const [file] = readdirSync(dir).filter((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get downloaded nothing.');
  run('dpkg-deb', ['-x', file, 'unpacked']);
  renameSync(join(dir, 'unpacked', 'usr', 'bin', 'kubectl'), kept);
  rmSync(dir, { recursive: true });
}

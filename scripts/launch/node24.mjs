import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const oldestToRun = 24;
/** Homebrew doesn't put `node@24` on PATH. */
const homebrew = ['/opt/homebrew', '/usr/local'].flatMap((prefix) => [`${prefix}/opt/node@24/bin`, `${prefix}/bin`]);

/**
 * Returns the path of a Node that runs our .ts files: the current one if it is new enough, otherwise the one that npm
 * installed, otherwise one on this machine. `machine` is `process`, or a test's replacement. On macOS, the search
 * includes the folders in `besidePath`.
 */
export function findNode24(root, machine = process, besidePath = homebrew) {
  if (isNode24(machine)) return machine.execPath;
  const path = join(root, 'node_modules', `node-${machine.platform}-${machine.arch}`, 'bin', 'node');
  if (existsSync(path)) return path;
  const installed = findInstalled(machine, besidePath);
  if (installed !== undefined) return installed;
  const how = machine.platform === 'darwin' ? 'with brew install node@24' : 'from https://nodejs.org';
  throw new Error(
    `Firstcome needs Node ${oldestToRun} or later. This is Node ${machine.versions.node}, PATH has no later version, and ` +
      `npm offers none for ${machine.platform} on ${machine.arch}. Install Node ${oldestToRun} ${how} and run the same ` +
      `command again.`,
  );
}

/** Whether `machine` runs a Node that can run our .ts files. */
export function isNode24(machine = process) {
  return majorOf(machine.versions.node) >= oldestToRun;
}

function findInstalled({ platform, env }, besidePath) {
  const dirs = (env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  if (platform === 'darwin') dirs.push(...besidePath);
  return [...new Set(dirs)].map((dir) => join(dir, 'node')).find((path) => existsSync(path) && runsOurs(path));
}

function runsOurs(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 && majorOf(stdout.trim().replace(/^v/, '')) >= oldestToRun;
}

const majorOf = (version) => Number(version.split('.')[0]);

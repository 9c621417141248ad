import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockHolder, tryLock } from '../../scripts/launch/file-lock.mjs';
import { endLeftovers } from '../../scripts/services/owned-process.ts';

const prefix = 'firstcome-test-';
const unlockedAgeMaxMs = 10 * 60_000;

/** Makes this test run's folder. All tests write into this folder. */
export async function makeRunDir(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  await tryLock(join(dir, 'lock'));
  return dir;
}

/** Removes what killed test runs have left behind: first their servers, then their folders. */
export async function removeDeadRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const dir = join(tmpdir(), name);
    if (isDead(dir)) await removeRunDir(dir);
  }
}

/** Ends every process that a run's tests have left running, as listed in its pid files, and removes the folder. */
export async function removeRunDir(dir: string): Promise<void> {
  for (const pidDir of pidDirsIn(dir)) await endLeftovers(pidDir, 5_000);
  rmSync(dir, { recursive: true, force: true });
}

function isDead(dir: string): boolean {
  try {
    const hasLock = readdirSync(dir).includes('lock');
    // A live run has no lock for a moment after it has made its folder.
    if (!hasLock) return Date.now() - statSync(dir).mtimeMs > unlockedAgeMaxMs;
    return lockHolder(join(dir, 'lock')) === null;
  } catch {
    // The folder belongs to another user, or its own run is removing it.
    return false;
  }
}

function pidDirsIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'pids')
    .map((entry) => join(entry.parentPath, entry.name));
}

let made = 0;

/** Makes a new folder inside the run's folder, for one server or one data directory of a test. */
export function makeTestDir(runDir: string, name: string): string {
  made += 1;
  const dir = join(runDir, `${name}-${process.pid}-${made}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

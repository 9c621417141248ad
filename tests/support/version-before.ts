import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ensurePrismaClient } from '../../scripts/launch/prisma-client.mjs';
import versionBefore from '../faults/rolling-upgrade/version-before.json' with { type: 'json' };
import { hasSamePackages, type Lock } from './locked-packages.ts';
import { root } from './processes.ts';
import { makeTestDir } from './run-dir.ts';

const { commit } = versionBefore;

/**
 * Why the previous version can't be run here. Null if it can. Its code comes from this clone's history; a shallow clone
 * fetches the part that it lacks.
 */
export function whyNoVersionBefore(): string | null {
  if (hasCommit()) return null;
  git(['fetch', '--quiet', '--depth=1', 'origin', commit]);
  if (hasCommit()) return null;
  return (
    `This checkout has no commit ${commit}, which tests/faults/rolling-upgrade/version-before.json names, and origin ` +
    'could not provide it. Fetch the history (git fetch --unshallow), or test in a clone that has it.'
  );
}

/**
 * Makes a checkout of the previous version in this run's folder, ready to run. Uses `git archive`, because a killed
 * test would leave a `git worktree` registered in the clone.
 */
export async function checkOutVersionBefore(): Promise<string> {
  const dir = makeTestDir(inject('runDir'), 'version-before');
  const archive = join(dir, 'version-before.tar');
  const checkout = join(dir, 'checkout');
  mkdirSync(checkout);
  mustRun('git', [...asAnyUser, 'archive', '--output', archive, commit], root);
  mustRun('tar', ['-xf', archive, '-C', checkout], root);
  if (hasSamePackages(readLock(checkout), readLock(root))) {
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'), 'dir');
    await ensurePrismaClient(checkout, process.execPath, () => undefined);
  } else {
    const prepare = "const { prepare } = await import('./scripts/bootstrap.mjs'); await prepare();";
    mustRun(process.execPath, ['--input-type=module', '-e', prepare], checkout, { NODE_ENV: 'production' });
  }
  return checkout;
}

const readLock = (checkout: string): Lock =>
  JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as Lock;

/** Whether this clone has its whole history, so that it should have the commit. */
export const hasWholeHistory = (): boolean =>
  String(
    spawnSync('git', [...asAnyUser, 'rev-parse', '--is-shallow-repository'], { cwd: root, encoding: 'utf8' }).stdout,
  ).trim() === 'false';

/** Without this, git refuses a checkout that another user owns, which is usual in CI. */
const asAnyUser = ['-c', `safe.directory=${root}`];
const hasCommit = (): boolean => git(['cat-file', '-e', `${commit}^{commit}`]) === 0;
const git = (args: string[]): number | null =>
  spawnSync('git', [...asAnyUser, ...args], {
    cwd: root,
    timeout: 60_000,
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    stdio: 'ignore',
  }).status;

function mustRun(command: string, args: string[], cwd: string, env: Record<string, string> = {}): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

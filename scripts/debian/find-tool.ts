import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ownSuite } from './debian-suite.ts';
import { cacheDirOf, ensurePrograms } from './program-cache.ts';
import { type DebianProgram, runFolder } from './program-folder.ts';

export type DebianTool = DebianProgram & { why: string };

/** Checks the rules of deploy/observability, and runs them on real metrics. Debian's package also has `promtool`. */
export const prometheus: DebianTool = {
  ...{ program: 'prometheus', folder: 'usr/bin', packageName: 'prometheus', suite: 'bookworm', version: '2.42.' },
  also: ['promtool'],
  check: ['--version'],
  why: 'to check metrics, alarms and dashboards',
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

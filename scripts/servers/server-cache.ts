import { delimiter } from 'node:path';
import { ownSuite } from '../debian/debian-suite.ts';
import { cacheDirOf, ensurePrograms, findProgram, type ReadyProgram } from '../debian/program-cache.ts';
import { runFolder } from '../debian/program-folder.ts';
import { buildNames, serverBuilds, type BuildName } from './server-builds.ts';

/** A build that is complete and ready to run. */
export type ReadyBuild = ReadyProgram<BuildName>;

export const serverCacheDir = (env: NodeJS.ProcessEnv = process.env): string => cacheDirOf('servers', env);

/** Prepares the builds that are missing. */
export async function ensureBuilds(
  names: readonly BuildName[],
  say: (line: string) => void,
  cacheDir = serverCacheDir(),
): Promise<ReadyBuild[]> {
  if (names.some((name) => findProgram(name, cacheDir) === null)) requireDebian();
  return ensurePrograms(serverBuilds, names, say, cacheDir);
}

/** If this machine can't read Debian's packages, throws an error that says what to do instead. */
export function requireDebian(osRelease?: string): void {
  const { problem } = ownSuite(osRelease);
  if (problem === undefined) return;
  throw new Error(
    `The servers for the tests (${buildNames.join(', ')}) come from Debian's packages, and ${problem}.\n` +
      'Run the command on Debian (a container will do; it needs no root), or put the folders of your own server\n' +
      'programs first in PATH and leave the option --servers out: PATH=/opt/mysql/bin:$PATH npm test',
  );
}

/** Returns a PATH that begins with these servers, so that the launcher and the tests start them. */
export function pathWith(builds: readonly ReadyBuild[], path = process.env['PATH'] ?? ''): string {
  return [...builds.map(({ folder }) => runFolder(folder)), path].join(delimiter);
}

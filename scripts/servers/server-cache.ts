import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { waitForLock } from '../launch/file-lock.mjs';
import { endLeftovers } from '../services/owned-process.ts';
import { openDebianSuite, requireDebian, type DebianSuite } from './debian-suite.ts';
import { serverBuilds, type BuildName, type ServerBuild } from './server-builds.ts';
import { folderFormat, makeServerFolder, programFolder, type FolderFacts } from './server-folder.ts';
import { toolsRecordedIn } from './tool.ts';

/** A build that is in the cache and ready to run. */
export type ReadyBuild = FolderFacts & { name: BuildName; folder: string };

/**
 * The folder that keeps builds between runs. It is outside of any checkout, because builds are the same for all
 * checkouts.
 */
export function serverCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  const caches = given === undefined || given === '' ? join(homedir(), '.cache') : given;
  return join(caches, 'firstcome', 'servers');
}

/** The build if it is in the cache and of use to this version, else null. */
export function findBuild(name: BuildName, cacheDir = serverCacheDir()): ReadyBuild | null {
  const folder = join(cacheDir, name);
  const file = join(folder, 'build.json');
  if (!existsSync(file)) return null;
  const facts = JSON.parse(readFileSync(file, 'utf8')) as FolderFacts;
  return facts.format === folderFormat ? { ...facts, name, folder } : null;
}

/**
 * Makes the builds that are missing. A folder gets its final name only when it is complete. So a killed run leaves
 * nothing that looks ready, and the next run continues with what was already downloaded.
 */
export async function ensureBuilds(
  names: readonly BuildName[],
  say: (line: string) => void,
  cacheDir = serverCacheDir(),
): Promise<ReadyBuild[]> {
  const isMissing = () => names.filter((name) => findBuild(name, cacheDir) === null);
  if (isMissing().length > 0) {
    requireDebian();
    const lock = await waitForLock(join(cacheDir, 'lock'), (pid) =>
      say(`Another run (pid ${pid}) is preparing servers. Waiting for it.`),
    );
    try {
      await makeBuilds(isMissing(), say, cacheDir);
    } finally {
      lock.release();
    }
  }
  return names.flatMap((name) => findBuild(name, cacheDir) ?? []);
}

async function makeBuilds(names: readonly BuildName[], say: (line: string) => void, cacheDir: string): Promise<void> {
  if (names.length === 0) return;
  say(`Preparing ${names.join(', ')} from Debian's packages in ${cacheDir} (once; about 10 s and 100 MB each).`);
  const pidDir = join(cacheDir, 'pids');
  await endLeftovers(pidDir, 5_000);
  const tools = toolsRecordedIn(pidDir);
  const aptDir = join(cacheDir, 'apt');
  // Each run makes incomplete builds in new folders, because a program of a killed run may still be writing to its
  // folder. Remove the folders that earlier runs left.
  for (const left of globSync('*.new-*', { cwd: cacheDir })) rmSync(join(cacheDir, left), { recursive: true });
  const suites = new Map<string, DebianSuite>();
  for (const name of names) {
    const build: ServerBuild = serverBuilds[name];
    const suite = suites.get(build.suite) ?? (await openDebianSuite(build.suite, { folder: aptDir, tools }));
    suites.set(build.suite, suite);
    const packages = await suite.download(build.packageName);
    const draft = mkdtempSync(join(cacheDir, `${name}.new-`));
    const { packageVersion, bytes } = await makeServerFolder(draft, { build, packages, tools });
    rmSync(join(cacheDir, name), { recursive: true, force: true });
    renameSync(draft, join(cacheDir, name));
    say(`  ${name}: ${build.packageName} ${packageVersion}, ${megabytes(bytes)}`);
  }
  rmSync(aptDir, { recursive: true, force: true });
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;

/** A PATH in which these servers come first, so that the launcher and the tests start them. */
export function pathWith(builds: readonly ReadyBuild[], path = process.env['PATH'] ?? ''): string {
  return [...builds.map(({ folder }) => programFolder(folder)), path].join(delimiter);
}

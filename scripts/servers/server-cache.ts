import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { waitForLock } from '../launch/file-lock.mjs';
import { endLeftovers } from '../services/owned-process.ts';
import { openDebianSuite, requireDebian, type DebianSuite } from './debian-suite.ts';
import { serverBuilds, type BuildName, type ServerBuild } from './server-builds.ts';
import { folderFormat, makeServerFolder, programFolder, type FolderFacts } from './server-folder.ts';
import { toolsRecordedIn } from './tool.ts';

export type ReadyBuild = FolderFacts & { name: BuildName; folder: string };

/** Where builds are kept between runs: outside any checkout, because all checkouts share them. */
export function serverCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  const caches = given === undefined || given === '' ? join(homedir(), '.cache') : given;
  return join(caches, 'firstcome', 'servers');
}

export function findBuild(name: BuildName, cacheDir = serverCacheDir()): ReadyBuild | null {
  const folder = join(cacheDir, name);
  const file = join(folder, 'build.json');
  if (!existsSync(file)) return null;
  const facts = JSON.parse(readFileSync(file, 'utf8')) as FolderFacts;
  return facts.format === folderFormat ? { ...facts, name, folder } : null;
}

/**
 * Makes the missing builds. A folder gets its final name only once it is complete, so a killed run leaves no folder
 * that looks ready. The next run reuses the downloads.
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
  // Incomplete folders of a killed run are not reused, because a program of that run may still be writing to them.
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

/** Returns a PATH in which these servers come first. The launcher and the tests start the first ones. */
export function pathWith(builds: readonly ReadyBuild[], path = process.env['PATH'] ?? ''): string {
  return [...builds.map(({ folder }) => programFolder(folder)), path].join(delimiter);
}

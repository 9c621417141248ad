import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { waitForLock } from '../launch/file-lock.mjs';
import { endLeftovers } from '../services/owned-process.ts';
import { type DebianSuite, openDebianSuite } from './debian-suite.ts';
import { type DebianProgram, type FolderFacts, folderFormat, makeProgramFolder } from './program-folder.ts';
import { toolsRecordedIn } from './tools.ts';

/** A program that is unpacked completely and ready to run. */
export type ReadyProgram<Name extends string = string> = FolderFacts & { name: Name; folder: string };

/** The folder that keeps programs between runs. The folder is outside the checkout, because all checkouts share it. */
export function cacheDirOf(kind: 'servers' | 'tools', env: NodeJS.ProcessEnv = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  const caches = given === undefined || given === '' ? join(homedir(), '.cache') : given;
  return join(caches, 'firstcome', kind);
}

/** Returns a program if it is ready. Otherwise returns null. */
export function findProgram<Name extends string>(name: Name, cacheDir: string): ReadyProgram<Name> | null {
  const folder = join(cacheDir, name);
  const file = join(folder, 'build.json');
  if (!existsSync(file)) return null;
  const facts = JSON.parse(readFileSync(file, 'utf8')) as FolderFacts;
  return facts.format === folderFormat ? { ...facts, name, folder } : null;
}

/**
 * Prepares the programs that are missing. A program's folder gets its final name only once it is complete. So if a run
 * is killed, nothing incomplete looks ready, and the next run reuses the downloads.
 */
export async function ensurePrograms<Name extends string>(
  programs: Readonly<Record<Name, DebianProgram>>,
  names: readonly Name[],
  say: (line: string) => void,
  cacheDir: string,
): Promise<ReadyProgram<Name>[]> {
  const isMissing = () => names.filter((name) => findProgram(name, cacheDir) === null);
  if (isMissing().length > 0) {
    const lock = await waitForLock(join(cacheDir, 'lock'), (pid) =>
      say(`Another run (pid ${pid}) is unpacking Debian's packages into ${cacheDir}. Waiting for it.`),
    );
    try {
      await makePrograms(programs, isMissing(), say, cacheDir);
    } finally {
      lock.release();
    }
  }
  return names.flatMap((name) => findProgram(name, cacheDir) ?? []);
}

async function makePrograms<Name extends string>(
  programs: Readonly<Record<Name, DebianProgram>>,
  names: readonly Name[],
  say: (line: string) => void,
  cacheDir: string,
): Promise<void> {
  if (names.length === 0) return;
  say(`Preparing ${names.join(', ')} from Debian's packages in ${cacheDir} (once; about 10 s and 100 MB each).`);
  const pidDir = join(cacheDir, 'pids');
  await endLeftovers(pidDir, 5_000);
  const tools = toolsRecordedIn(pidDir);
  const aptDir = join(cacheDir, 'apt');
  // Each run uses new folders for incomplete programs, because a program of a killed run may still be writing to the
  // old ones.
  for (const left of globSync('*.new-*', { cwd: cacheDir })) rmSync(join(cacheDir, left), { recursive: true });
  const suites = new Map<string, DebianSuite>();
  for (const name of names) {
    const wanted: DebianProgram = programs[name];
    const suite = suites.get(wanted.suite) ?? (await openDebianSuite(wanted.suite, { folder: aptDir, tools }));
    suites.set(wanted.suite, suite);
    const packages = await suite.download([wanted.packageName]);
    const draft = mkdtempSync(join(cacheDir, `${name}.new-`));
    const { packageVersion, bytes } = await makeProgramFolder(draft, { wanted, packages, tools });
    rmSync(join(cacheDir, name), { recursive: true, force: true });
    renameSync(draft, join(cacheDir, name));
    say(`  ${name}: ${wanted.packageName} ${packageVersion}, ${megabytes(bytes)}`);
  }
  rmSync(aptDir, { recursive: true, force: true });
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;

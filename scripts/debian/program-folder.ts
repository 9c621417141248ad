import { copyFileSync, globSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DebianPackage } from './debian-suite.ts';
import type { Tools } from './tools.ts';

/** A program from a Debian package, unpacked into a folder from which it runs. */
export type DebianProgram = {
  /** The program's name, and its folder in the package. */
  program: string;
  folder: 'usr/bin' | 'usr/sbin';
  packageName: string;
  /** More programs of the package, in the same folder. */
  also?: readonly string[];
  /**
   * The Debian suite that has this version. Unstable moves on to newer versions; the check of `version` notices that.
   */
  suite: 'bookworm' | 'trixie' | 'unstable';
  /** The beginning of the expected version. A package of any other version is refused. */
  version: string;
  /** Arguments with which the program prints its version. */
  check: readonly string[];
  /** Arguments that the program needs in addition to its caller's. `$root` is the folder. */
  more?: string;
};

/** Increase this number if the programs in existing folders must be prepared again. */
export const folderFormat = 1;

/** Describes a finished folder. Stored in the folder's `build.json`. */
export type FolderFacts = { format: number; packageName: string; packageVersion: string; bytes: number };

/** Returns the folder that contains the program to run. The launcher expects a server's data files in `../share`. */
export const runFolder = (folder: string): string => join(folder, 'usr', 'run');

/**
 * Unpacks a program and its libraries into the empty folder `folder`. The program then runs on this machine, whatever
 * libraries the machine has. Nothing is installed, and none of the packages' scripts run.
 */
export async function makeProgramFolder(
  folder: string,
  { wanted, packages, tools }: { wanted: DebianProgram; packages: DebianPackage[]; tools: Tools },
): Promise<FolderFacts> {
  const { packageName, version, suite, program } = wanted;
  const packageVersion = packages.find(({ name }) => name === packageName)?.version ?? 'none';
  if (!upstream(packageVersion).startsWith(version)) {
    throw new Error(
      `Debian's ${suite} suite now has ${packageName} ${packageVersion}, but version ${version}* is needed.\n` +
        'Update the list in scripts/servers/server-builds.ts, scripts/debian/find-tool.ts or tests/deploy/debian-tool.ts, and run the command again.',
    );
  }
  for (const { name, file } of packages) {
    // Only installation scripts need Perl, which would double the size of the folder.
    if (!name.includes('perl')) await tools.run('/usr/bin/dpkg-deb', ['-x', file, folder]);
  }
  mkdirSync(runFolder(folder));
  for (const each of [program, ...(wanted.also ?? [])]) {
    await writeRunScript(folder, { ...wanted, program: each }, tools);
  }
  const shown = await tools.run(join(runFolder(folder), program), [...wanted.check]);
  if (!shown.includes(version))
    throw new Error(`${packageName} ${packageVersion} reports an unexpected version: ${shown}`);
  const facts = { format: folderFormat, packageName, packageVersion, bytes: bytesIn(folder) };
  writeFileSync(join(folder, 'build.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return facts;
}

/** Removes Debian's epoch from a version: `1:11.8.9+ds-4` becomes `11.8.9+ds-4`. */
const upstream = (packageVersion: string): string => packageVersion.replace(/^\d+:/, '');

/**
 * Writes a script that starts the program with the packages' own loader, so that the program uses their libraries
 * instead of this machine's. The loader is copied under the program's name, because the launcher recognizes a process
 * by the file that it runs. `exec` replaces the script with the program, so the program keeps the script's pid, signals
 * and working directory.
 */
async function writeRunScript(folder: string, wanted: DebianProgram, tools: Tools): Promise<void> {
  const file = join(wanted.folder, wanted.program);
  const loader = await loaderOf(folder, file, tools);
  const lines = ['#!/bin/sh', 'root=$(cd "${0%/*}/../.." && pwd)'];
  const more = wanted.more === undefined ? '' : ` ${wanted.more}`;
  if (loader === null) {
    lines.push(`exec "$root/${file}" "$@"${more}`);
  } else {
    const libraries = globSync('{usr/lib,lib}/*-linux-gnu', { cwd: folder });
    const copy = join('usr', 'loader', wanted.program);
    mkdirSync(join(folder, dirname(copy)), { recursive: true });
    copyFileSync(join(folder, loader), join(folder, copy));
    lines.push(
      `exec "$root/${copy}" --library-path "${libraries.map((path) => `$root/${path}`).join(':')}" \\`,
      `  "$root/${file}" "$@"${more}`,
    );
  }
  writeFileSync(join(runFolder(folder), wanted.program), `${lines.join('\n')}\n`, { mode: 0o755 });
}

/** The packages' loader, or null if the program contains all its libraries (as programs in Go do) and needs none. */
async function loaderOf(folder: string, file: string, tools: Tools): Promise<string | null> {
  const [loader] = globSync('{usr/lib,lib}/*-linux-gnu/ld-linux*.so.*', { cwd: folder });
  if (loader === undefined) return null;
  try {
    await tools.run(join(folder, loader), ['--verify', join(folder, file)]);
    return loader;
  } catch {
    return null;
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

import { copyFileSync, globSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DebianPackage } from './debian-suite.ts';
import type { ServerBuild } from './server-builds.ts';
import type { Tools } from './tool.ts';

/** Increases when a folder has to be made again to be of use. */
export const folderFormat = 1;

/** What a finished folder says about itself, in `build.json`. */
export type FolderFacts = { format: number; packageName: string; packageVersion: string; bytes: number };

/** Where a folder has the program to run. `../share` is the server's own, as the launcher expects. */
export const programFolder = (folder: string): string => join(folder, 'usr', 'run');

/**
 * Unpacks a server and its libraries into `folder`, which is empty, and makes it run on this machine, whatever libraries that has.
 * Nothing is installed, and no script of a package runs.
 */
export async function makeServerFolder(
  folder: string,
  { build, packages, tools }: { build: ServerBuild; packages: DebianPackage[]; tools: Tools },
): Promise<FolderFacts> {
  const { packageName, version } = build;
  const packageVersion = packages.find(({ name }) => name === packageName)?.version ?? 'none';
  if (!upstream(packageVersion).startsWith(version)) {
    throw new Error(
      `Debian's ${build.suite} suite now has ${packageName} ${packageVersion}, and this build is of version ${version}*.\n` +
        'Change the list in scripts/servers/server-builds.ts, then run the command again.',
    );
  }
  for (const { name, file } of packages) {
    // Only installation scripts need Perl, and it would be half of the folder.
    if (!name.includes('perl')) await tools.run('/usr/bin/dpkg-deb', ['-x', file, folder]);
  }
  writeRunScript(folder, build);
  const shown = await tools.run(join(programFolder(folder), build.program), [
    ...(build.kind === 'database' ? ['--no-defaults'] : []),
    '--version',
  ]);
  if (!shown.includes(version)) throw new Error(`${packageName} ${packageVersion} calls itself: ${shown}`);
  const facts = { format: folderFormat, packageName, packageVersion, bytes: bytesIn(folder) };
  writeFileSync(join(folder, 'build.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return facts;
}

/** The version without Debian's epoch: `1:11.8.9+ds-4` is `11.8.9+ds-4`. */
const upstream = (packageVersion: string): string => packageVersion.replace(/^\d+:/, '');

/**
 * The loader of the packages runs the program, so that it gets their libraries and not this machine's. The loader is a
 * copy with the program's name, because a process is known by the file that it runs, and the script is replaced by it:
 * pid, signals and working directory are the server's own.
 */
function writeRunScript(folder: string, build: ServerBuild): void {
  const [loader] = globSync('{usr/lib,lib}/*-linux-gnu/ld-linux*.so.*', { cwd: folder });
  if (loader === undefined) throw new Error(`The packages in ${folder} have no loader for programs (ld-linux).`);
  const libraries = globSync('{usr/lib,lib}/*-linux-gnu', { cwd: folder });
  const copy = join('usr', 'loader', build.program);
  mkdirSync(join(folder, dirname(copy)));
  copyFileSync(join(folder, loader), join(folder, copy));
  // Where MariaDB and MySQL find their messages and plugins.
  const more = build.kind === 'database' ? ' --basedir="$root/usr"' : '';
  const script = `#!/bin/sh
root=$(cd "\${0%/*}/../.." && pwd)
exec "$root/${copy}" --library-path "${libraries.map((path) => `$root/${path}`).join(':')}" \\
  "$root/${build.folder}/${build.program}" "$@"${more}
`;
  mkdirSync(programFolder(folder));
  writeFileSync(join(programFolder(folder), build.program), script, { mode: 0o755 });
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

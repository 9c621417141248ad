import { copyFileSync, globSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DebianPackage } from './debian-suite.ts';
import type { ServerBuild } from './server-builds.ts';
import type { Tools } from './tool.ts';

/** Increase this if folders that were made earlier can no longer be used. */
export const folderFormat = 1;

/** The content of `build.json` in a finished folder. */
export type FolderFacts = { format: number; packageName: string; packageVersion: string; bytes: number };

/**
 * The folder of the program to run. The server's own share folder is at `../share` from there, as the launcher expects.
 */
export const programFolder = (folder: string): string => join(folder, 'usr', 'run');

/**
 * Unpacks a server and its libraries into `folder`, which must be empty. The server then runs on this machine whatever
 * libraries the machine has. Installs nothing, and runs no script of a package.
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
    // Leaves out Perl, which only installation scripts need and which would be half of the folder.
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

/** The version without Debian's epoch: `1:11.8.9+ds-4` becomes `11.8.9+ds-4`. */
const upstream = (packageVersion: string): string => packageVersion.replace(/^\d+:/, '');

/**
 * Writes a script that starts the server with the loader from the packages, so that the server gets the packages'
 * libraries and not this machine's. The loader is a copy with the server's name, because a process is recognised by the
 * name of the file that it runs. The script replaces itself with the loader (`exec`), so pid, signals and working
 * directory are the server's own.
 */
function writeRunScript(folder: string, build: ServerBuild): void {
  const [loader] = globSync('{usr/lib,lib}/*-linux-gnu/ld-linux*.so.*', { cwd: folder });
  if (loader === undefined) throw new Error(`The packages in ${folder} have no loader for programs (ld-linux).`);
  const libraries = globSync('{usr/lib,lib}/*-linux-gnu', { cwd: folder });
  const copy = join('usr', 'loader', build.program);
  mkdirSync(join(folder, dirname(copy)));
  copyFileSync(join(folder, loader), join(folder, copy));
  // Tells MariaDB and MySQL where their messages and plugins are.
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

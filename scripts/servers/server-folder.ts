import { copyFileSync, globSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DebianPackage } from './debian-suite.ts';
import type { ServerBuild } from './server-builds.ts';
import type { Tools } from './tool.ts';

/** Increase this when existing folders must be made again. */
export const folderFormat = 1;

/** The content of a finished folder's `build.json`. */
export type FolderFacts = { format: number; packageName: string; packageVersion: string; bytes: number };

/** The folder of the program. The launcher expects the server's own files in `../share`. */
export const programFolder = (folder: string): string => join(folder, 'usr', 'run');

/**
 * Unpacks a server with its libraries into the empty folder `folder`, so that it runs without the machine's libraries.
 * Installs nothing, and runs no script of a package.
 */
export async function makeServerFolder(
  folder: string,
  { build, packages, tools }: { build: ServerBuild; packages: DebianPackage[]; tools: Tools },
): Promise<FolderFacts> {
  const { packageName, version } = build;
  const packageVersion = packages.find(({ name }) => name === packageName)?.version ?? 'none';
  if (!upstream(packageVersion).startsWith(version)) {
    throw new Error(
      `Debian's ${build.suite} suite now has ${packageName} ${packageVersion}, but this build needs version ${version}*.\n` +
        'Update the list in scripts/servers/server-builds.ts, then run the command again.',
    );
  }
  for (const { name, file } of packages) {
    // Without Perl, which only installation scripts need and which would take half of the folder.
    if (!name.includes('perl')) await tools.run('/usr/bin/dpkg-deb', ['-x', file, folder]);
  }
  writeRunScript(folder, build);
  const shown = await tools.run(join(programFolder(folder), build.program), [
    ...(build.kind === 'database' ? ['--no-defaults'] : []),
    '--version',
  ]);
  if (!shown.includes(version))
    throw new Error(`${packageName} ${packageVersion} reports an unexpected version: ${shown}`);
  const facts = { format: folderFormat, packageName, packageVersion, bytes: bytesIn(folder) };
  writeFileSync(join(folder, 'build.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return facts;
}

/** Without Debian's epoch: `1:11.8.9+ds-4` becomes `11.8.9+ds-4`. */
const upstream = (packageVersion: string): string => packageVersion.replace(/^\d+:/, '');

/**
 * Writes a script that starts the program through the packages' own loader, so that the program uses their libraries. A
 * copy of the loader has the program's name, because a process is identified by the file that it runs. `exec` replaces
 * the script, so pid and signals are those of the server.
 */
function writeRunScript(folder: string, build: ServerBuild): void {
  const [loader] = globSync('{usr/lib,lib}/*-linux-gnu/ld-linux*.so.*', { cwd: folder });
  if (loader === undefined) throw new Error(`The packages in ${folder} have no loader for programs (ld-linux).`);
  const libraries = globSync('{usr/lib,lib}/*-linux-gnu', { cwd: folder });
  const copy = join('usr', 'loader', build.program);
  mkdirSync(join(folder, dirname(copy)));
  copyFileSync(join(folder, loader), join(folder, copy));
  // With --basedir, MariaDB and MySQL find their messages and plugins.
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

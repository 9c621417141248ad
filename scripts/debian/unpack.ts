import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianSuite } from './debian-suite.ts';
import type { Tools } from './tools.ts';

/** Unpacks only these packages into `folder`, without their dependencies. */
export async function unpackAlone(
  suite: DebianSuite,
  packageNames: readonly string[],
  { folder, tools }: { folder: string; tools: Tools },
): Promise<void> {
  for (const { name, file } of await suite.download(packageNames)) {
    if (packageNames.includes(name)) await unpackInto(file, folder, tools);
  }
}

/** Unpacks these packages and all their dependencies, so that programs can run with `folder` as their root. */
export async function unpackRoot(
  suite: DebianSuite,
  packageNames: readonly string[],
  { folder, tools }: { folder: string; tools: Tools },
): Promise<void> {
  const packages = await suite.download(packageNames);
  makeMergedRoot(folder);
  for (const { file } of packages) await unpackInto(file, folder, tools);
}

/** Makes /bin, /lib and so on links to the folders in /usr, as on Debian. Packages don't contain these links. */
function makeMergedRoot(folder: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(folder, 'usr', name), { recursive: true });
    if (!existsSync(join(folder, name))) symlinkSync(`usr/${name}`, join(folder, name));
  }
}

/** `dpkg-deb -x` would replace these links with folders. */
async function unpackInto(archive: string, folder: string, tools: Tools): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"';
  await tools.run('/bin/sh', ['-c', script, 'sh', archive, folder]);
}

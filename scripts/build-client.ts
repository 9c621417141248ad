import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown, type Plugin } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import project from '../package.json' with { type: 'json' };

const root = dirname(import.meta.dirname);
const sources = join(root, 'api/client');

/**
 * Builds and packs the package `firstcome-client` in `<outDir>/client`: one JavaScript file, one self-contained
 * declaration file, package.json and README. Resolves to the tarball's path.
 */
export async function buildClient(outDir: string): Promise<string> {
  const packageDir = join(outDir, 'client');
  await rm(packageDir, { recursive: true, force: true });
  await mkdir(packageDir, { recursive: true });
  const bundle = await rolldown({
    input: { index: join(sources, 'index.ts') },
    cwd: root,
    // Imports of packages are not bundled; these packages become the client's dependencies.
    external: (id) => !id.startsWith('.') && !id.startsWith('\0') && !isAbsolute(id),
    plugins: [withoutContext, dts({ tsconfig: join(root, 'tsconfig.json'), oxc: false })],
    platform: 'neutral',
    // Hides a warning that type checking is slow, which is expected.
    checks: { pluginTimings: false },
    transform: { target: 'es2022' },
  });
  await bundle.write({
    dir: packageDir,
    format: 'es',
    // tRPC's declarations need this library's types, even if a project's `lib` setting leaves them out.
    banner: ({ fileName }) => (fileName.endsWith('.d.ts') ? '/// <reference lib="esnext.disposable" />' : ''),
  });
  await bundle.close();
  await cp(join(sources, 'README.md'), join(packageDir, 'README.md'));
  await writeFile(join(packageDir, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', outDir], {
    cwd: packageDir,
  });
  return join(outDir, (JSON.parse(stdout) as [{ filename: string }])[0].filename);
}

/**
 * The router's type refers to the procedures' context, whose types cover the whole domain. Clients don't need these
 * types.
 */
const withoutContext: Plugin = {
  name: 'without-context',
  resolveId: {
    // This plugin comes before the dts plugin, which would otherwise find the file itself.
    order: 'pre',
    handler: (source, importer) => (importer === routerDeclarations && source === './context.ts' ? contextId : null),
  },
  load: (id) => (id === contextId ? 'export type Context = object;' : null),
};

const routerDeclarations = join(root, 'api/router.d.ts');
const contextId = '\0context.d.ts';

function manifest() {
  const { '@trpc/client': trpcClient, '@trpc/server': trpcServer } = project.dependencies;
  return {
    name: 'firstcome-client',
    version: project.version,
    description: 'A typed client of the Firstcome API: coupons, first come, first served.',
    license: project.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    // The declarations need the dependency @trpc/server, and @trpc/client requires it anyway.
    dependencies: { '@trpc/client': `^${trpcClient}`, '@trpc/server': `^${trpcServer}` },
  };
}

if (import.meta.main) process.stdout.write(`${await buildClient(join(root, 'dist'))}\n`);

// For container images: removes from node_modules every file that no process loads.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnly, isNeeded, packagesKeptInPart, typesOnly } from './needed.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');

// npm also removes the dependencies of these packages.
execFileSync(
  'npm',
  [
    'uninstall',
    '--no-save',
    '--ignore-scripts',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...buildOnly,
  ],
  { cwd: root, stdio: ['ignore', 2, 2] },
);
for (const name of typesOnly) remove(join(modules, name));
for (const [name, kept] of Object.entries(packagesKeptInPart)) {
  const folder = join(modules, name);
  if (!existsSync(folder)) throw new Error(`${name} is listed in scripts/image/needed.mjs but is not installed.`);
  for (const path of filesIn(folder)) if (!kept.some((pattern) => pattern.test(path))) remove(join(folder, path));
}
for (const path of filesIn(modules)) if (!isNeeded(path)) remove(join(modules, path));

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { webSources } from '../../scripts/launch/web-pages.mjs';

const root = join(import.meta.dirname, '../..');

/** The files from which `file` imports values. Type imports are not part of the build. */
function importedBy(file: string): string[] {
  if (!/\.tsx?$/.test(file)) return [];
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)(?! type)[^;]*? from '(\.[^']*)'/gm);
  return [...imports].map(([, path = '']) => join(file, '..', path));
}

it('the pages are rebuilt after a change to any of their source files', () => {
  const known = new Set(webSources(root));
  const seen = new Set([...known].filter((file) => file.startsWith(join(root, 'web/'))));
  for (const file of seen) importedBy(file).forEach((imported) => seen.add(imported));
  expect([...seen].filter((file) => !known.has(file))).toEqual([]);
  expect([...known].some((file) => file.endsWith('core/events/event-fields.ts'))).toBe(true);
});

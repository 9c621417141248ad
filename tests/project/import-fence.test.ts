import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

/** `npm run lint` must report every import that goes against the allowed direction. */
const root = join(import.meta.dirname, '../..');
const eslint = new ESLint({ cwd: root });

/** The lint rules that a file with this text would break. The file need not exist. */
async function broken(filePath: string, text: string): Promise<(string | null)[]> {
  const results = await eslint.lintText(`${text}\n`, { filePath: join(root, filePath) });
  return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId)).filter((id) => id?.startsWith('no-'));
}

const forbidden: [file: string, imported: string][] = [
  ['api/new.mjs', '../worker/handlers.ts'],
  ['api/procedures/new.js', '../../admin-cli/run.ts'],
  ['core/new.mjs', '../api/router.ts'],
  ['core/redis/new.js', '../../worker/handlers.ts'],
  ['worker/new.mjs', '../api/router.ts'],
  ['admin-cli/new.mjs', '../scripts/bootstrap.mjs'],
  ['admin-cli/bin.js', '../scripts/start.mjs'],
  ['admin-cli/bin.js', '../core/platform.ts'],
  ['web/shared/new.mjs', '../../worker/handlers.ts'],
  ['core/redis/new.mjs', '../../bench/system/bench-system.ts'],
  ['api/new.mjs', '../load/main.ts'],
  ['load/new.js', '../core/platform.ts'],
];
// TypeScript files are linted with their own types, so this file must exist.
const forbiddenTypeScript: [file: string, imported: string][] = [['worker/job-supervisor.ts', '../api/router.ts']];

describe('lint refuses an import', () => {
  it.each([...forbidden, ...forbiddenTypeScript])('in %s of %s', async (file, imported) => {
    expect(await broken(file, `import '${imported}';`)).toEqual(['no-restricted-imports']);
  });

  it.each([...forbidden.filter(([file]) => !file.startsWith('load/')), ...forbiddenTypeScript])(
    'in %s, at runtime, of %s',
    async (file, imported) => {
      expect(await broken(file, `export const late = () => import('${imported}');`)).toEqual(['no-restricted-syntax']);
    },
  );

  it('that a CommonJS file makes with require', async () => {
    expect(await broken('api/new.cjs', "module.exports = require('../worker/handlers.ts');")).toContain(
      'no-restricted-syntax',
    );
  });

  it('of a type inside a type expression', async () => {
    const text = "export type Late = import('../api/router.ts').AppRouter;";
    expect(await broken('worker/job-supervisor.ts', text)).toContain('no-restricted-syntax');
  });
});

it.each([
  ['api/new.mjs', '../core/platform.ts'],
  ['worker/new.mjs', './handlers.ts'],
  ['admin-cli/bin.js', '../scripts/bootstrap.mjs'],
  ['admin-cli/bin.js', './node-args.mjs'],
  ['tests/new.mjs', '../worker/handlers.ts'],
])('lint accepts that %s imports %s', async (file, imported) => {
  expect(await broken(file, `import '${imported}';`)).toEqual([]);
  expect(await broken(file, `export const late = () => import('${imported}');`)).toEqual([]);
});

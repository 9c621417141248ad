import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { root, startProcess } from '../support/processes.ts';

/** The commands that take options. All other commands only run tools. */
const commands = ['flash-sale', 'failover', 'prove', 'compat', 'bench', 'containers', 'load', 'open-pages'] as const;

/** Without these arguments, a command would only report that they are missing. */
const required: Partial<Record<string, string[]>> = { 'open-pages': ['--event', 'ev_1'] };

const startNpmCommand = (name: (typeof commands)[number], ...args: string[]) => {
  const [, script = ''] = /run\.mjs (\S+\.ts)$/.exec(packageJson.scripts[name]) ?? [];
  return startProcess({ script, args });
};

describe.each(commands)('npm run %s', (name) => {
  it('shows its help and exits 0 before it starts or installs anything', async () => {
    await using run = await startNpmCommand(name, '--help');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(run.output()).toMatch(new RegExp(`^Usage: npm run ${name} -- \\[options\\]`));
  });

  it('names an unknown option, says where the options are listed, and exits 2', async () => {
    await using run = await startNpmCommand(name, ...(required[name] ?? []), '--nonsense');
    expect(await run.ended).toMatchObject({ code: 2 });
    expect(run.output()).toBe(`Error: Unknown option '--nonsense'\nSee: npm run ${name} -- --help\n`);
  });
});

it('no program parses its arguments itself: all of them use commander with the shared options', () => {
  const files = globSync('{core,api,worker,admin-cli,proof,bench,load,scripts}/**/*.{ts,js,mjs}', {
    cwd: root,
    exclude: (path) => path.endsWith('node_modules'),
  });
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => readFileSync(join(root, file), 'utf8').includes('parseArgs'))).toEqual([]);
});

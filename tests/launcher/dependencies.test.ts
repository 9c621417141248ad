import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, startCommand } from '../support/processes.ts';
import { newDataDir } from './launch.ts';

const lockWith = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...packages } });
const one = { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-1' } };

/**
 * A checkout with a lock file, and a fake npm. The fake npm records its calls and "installs" the packages in the lock
 * file.
 */
function checkout(packages: object) {
  const dir = newDataDir('checkout');
  writeFileSync(join(dir, 'package-lock.json'), lockWith(packages));
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const npm = `#!/bin/sh\necho "$@" >> npm-calls\nsleep 0.3\nmkdir -p node_modules\ncp package-lock.json node_modules/.package-lock.json\n`;
  writeFileSync(join(bin, 'npm'), npm);
  chmodSync(join(bin, 'npm'), 0o755);
  return {
    installed: (present: object) => {
      mkdirSync(join(dir, 'node_modules'));
      writeFileSync(join(dir, 'node_modules', '.package-lock.json'), lockWith(present));
    },
    ensure: async (env: Record<string, string> = {}) => {
      const module = join(root, 'scripts', 'launch', 'dependencies.mjs');
      const code = `import(${JSON.stringify(module)}).then((m) => m.ensureDependencies(${JSON.stringify(dir)}, console.log))`;
      const process_ = await startCommand(process.execPath, ['-e', code], {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        ...env,
      });
      const { code: exit } = await process_.ended;
      return { exit, output: process_.output() };
    },
    calls: () => {
      const file = join(dir, 'npm-calls');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
  };
}

describe('the npm dependencies', () => {
  it('are installed once if two commands notice at the same time that they are missing', async () => {
    const { ensure, calls } = checkout(one);
    const results = await Promise.all([ensure(), ensure()]);
    expect(results.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(calls()).toHaveLength(1);
    expect(results.map(({ output }) => output).join('')).toContain('Waiting for it');
  });

  it('are not installed again if they agree with the lock file', async () => {
    const { ensure, installed, calls } = checkout(one);
    installed(one);
    expect(await ensure()).toEqual({ exit: 0, output: '' });
    expect(calls()).toEqual([]);
  });

  it('are installed again if the lock file names a different version', async () => {
    const { ensure, installed, calls } = checkout(one);
    installed({ 'node_modules/one': { version: '0.9.0', integrity: 'sha512-0' } });
    expect(await ensure()).toMatchObject({ exit: 0 });
    expect(calls()).toHaveLength(1);
  });

  it('may lack packages for other platforms and optional packages that npm could not install', async () => {
    const { ensure, installed, calls } = checkout({
      ...one,
      'node_modules/elsewhere': { version: '1.0.0', os: ['win32'], optional: true },
      'node_modules/extra': { version: '1.0.0', optional: true },
    });
    installed(one);
    await ensure();
    expect(calls()).toEqual([]);
  });

  it('are installed without development dependencies in production, and then count as complete', async () => {
    const { ensure, installed, calls } = checkout({ ...one, 'node_modules/dev': { version: '1.0.0', dev: true } });
    installed(one);
    await ensure({ NODE_ENV: 'production' });
    expect(calls()).toEqual([]);
    await ensure();
    expect(calls()).toEqual([expect.stringContaining('--include=dev')]);
  });
});

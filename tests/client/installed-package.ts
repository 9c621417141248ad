import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { buildClient } from '../../scripts/build-client.ts';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';

type Ended = { code: number; stdout: string; stderr: string };

/** An empty project outside this repository. Only the client's tarball is installed in it. */
export type InstalledPackage = {
  dir: string;
  write(name: string, text: string): void;
  /**
   * Type-checks the project's `.ts` files and libraries with every strict option, and compiles the files to JavaScript.
   */
  compile(): Promise<Ended>;
  /** Runs a script with the machine's own Node. */
  node(file: string): Promise<Ended>;
};

export async function installClient(): Promise<InstalledPackage> {
  const tarball = await buildClient(makeTestDir(inject('runDir'), 'dist'));
  const dir = makeTestDir(inject('runDir'), 'project');
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  write('package.json', JSON.stringify({ name: 'somebody', private: true, type: 'module' }));
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const installed = await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], dir);
  if (installed.code !== 0) throw new Error(`npm install failed:\n${installed.stderr}`);
  return {
    dir,
    write,
    compile: () => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], dir),
    node: (file) => run('node', [file], dir),
  };
}

const compilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: [],
};

async function run(file: string, args: string[], cwd: string): Promise<Ended> {
  // npm puts our Node 24 first in PATH, but this test needs the machine's own Node.
  const ours = join(root, 'node_modules', '.bin');
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => part !== ours);
  try {
    const ended = await promisify(execFile)(file, args, { cwd, env: { ...process.env, PATH: path.join(delimiter) } });
    return { code: 0, ...ended };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

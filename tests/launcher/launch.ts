import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { inject, onTestFailed } from 'vitest';
import type { RunFile } from '../../scripts/start/run-file.ts';
import { isAlive, startCommand, type TestProcess } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { waitFor } from '../support/wait-for.ts';

export interface LaunchOptions {
  dataDir?: string;
  /** Whether to start with `npm start` or directly with Node. Default: Node. */
  with?: 'npm' | 'node';
  env?: Record<string, string>;
  api?: string;
}

export interface Launched extends AsyncDisposable {
  process: TestProcess;
  dataDir: string;
  journal: () => string;
  /** Resolves once the system is ready. */
  ready: () => Promise<RunFile>;
  runFile: string;
}

export const newDataDir = (name = 'data') => makeTestDir(inject('runDir'), name);

/** Starts the launcher with stand-ins for the API and the worker, on a free port and with a new data folder. */
export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  const dataDir = options.dataDir ?? newDataDir();
  const journalFile = join(dataDir, 'journal');
  const args = ['--api', standIn(options.api ?? 'api'), '--worker', standIn('worker')];
  const [file, ...before] = options.with === 'npm' ? ['npm', 'start', '--'] : [process.execPath, 'scripts/start.mjs'];
  const env = { PORT: '0', FIRSTCOME_DATA_DIR: dataDir, STAND_IN_JOURNAL: journalFile, ...options.env };
  const process_ = await startCommand(file, [...before, ...args], env);
  const runFile = join(dataDir, 'run.json');
  onTestFailed(() => console.error(`${dataDir}:\n${process_.output()}`));
  return {
    process: process_,
    dataDir,
    runFile,
    journal: () => (existsSync(journalFile) ? readFileSync(journalFile, 'utf8') : ''),
    ready: async () => {
      await process_.outputMatching(/Firstcome is ready/, 60_000);
      return readRunFile(runFile);
    },
    [Symbol.asyncDispose]: async () => void (await process_.stop()),
  };
}

const standIn = (name: string) => join('tests/launcher/stand-ins', `${name}.ts`);

export function readRunFile(path: string): RunFile {
  return JSON.parse(readFileSync(path, 'utf8')) as RunFile;
}

export async function allGone(pids: number[]): Promise<void> {
  await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: `the end of ${pids.join(', ')}` });
}

/** Linux only: the pids of the processes that run in this data folder or name it in their command line. */
export function processesOn(dataDir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isAlive(pid))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(dataDir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir);
      } catch {
        return false;
      }
    });
}

/** Listens on a port on this machine. Rejects if the port is taken. */
export async function listenOn(port: number, host = '127.0.0.1'): Promise<{ port: number } & AsyncDisposable> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((closed) => server.close(() => closed())),
  };
}

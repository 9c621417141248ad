import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { processIdentity } from '../../scripts/launch/process-identity.mjs';
import { type Ended, type OwnedProcess, startOwnedProcess } from '../../scripts/services/owned-process.ts';
import { makeTestDir } from './run-dir.ts';
import { waitFor } from './wait-for.ts';

/** The folder that contains package.json. */
export const root = dirname(dirname(import.meta.dirname));

export interface TestProcessOptions {
  /** The path of one of our files, relative to the checkout. Node 24 runs this file. */
  script: string;
  /** The checkout that contains the file to run. Default: this one. */
  checkout?: string | undefined;
  args?: string[];
  /**
   * The process gets these variables, PATH, HOME and Node's compile cache, and no other variables from this process.
   */
  env?: Record<string, string>;
}

/** One of our processes that a test started: an API, a worker or a launcher. Killed when disposed. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
  /** The output so far, stdout and stderr together. */
  output(): string;
  /** Waits until the output matches, and resolves to the match. Throws if the process ends first. */
  outputMatching(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** Simulates a crash: sends SIGKILL to the process and to everything that it started in its process group. */
  kill9(): Promise<void>;
  /**
   * Sends SIGTERM, and then SIGKILL if the process is still running after `limitMs`. Resolves to whether the process
   * ended without SIGKILL.
   */
  stop(limitMs?: number): Promise<boolean>;
}

/**
 * Starts one of our TypeScript files in a separate process. That process ends when the test's process ends, if not
 * earlier.
 */
export function startProcess(options: TestProcessOptions): Promise<TestProcess> {
  const { script, checkout = root, args = [], env = {} } = options;
  return startCommand(process.execPath, [join(checkout, script), ...args], env, checkout);
}

/** Like `startProcess`, for any command. */
export async function startCommand(
  file: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = root,
): Promise<TestProcess> {
  const owned = await startOwnedProcess({
    name: 'process',
    file,
    args,
    cwd,
    env: { ...ourOwn(['PATH', 'HOME', 'NODE_COMPILE_CACHE']), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    pidDir: join(makeTestDir(inject('runDir'), 'process'), 'pids'),
    dieWithUs: true,
  });
  return watched(owned);
}

const ourOwn = (names: string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(names.map((name) => [name, process.env[name]]));

function watched(owned: OwnedProcess): TestProcess {
  let output = '';
  owned.child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  owned.child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    pid: owned.pid,
    ended: owned.ended,
    isRunning: () => owned.isRunning(),
    output: () => output,
    outputMatching: async (pattern, limitMs = 20_000) => {
      const match = await waitFor(() => pattern.exec(output) ?? (owned.isRunning() ? null : 'ended'), {
        what: `${pattern.source} in the output of pid ${owned.pid}`,
        limitMs,
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${output}`);
      });
      if (match === 'ended') throw new Error(`The process ended before it wrote ${pattern.source}:\n${output}`);
      return match;
    },
    signal: (signal) => owned.signal(signal),
    kill9: () => owned.kill(),
    stop: (limitMs = 15_000) => owned.stop(limitMs),
    [Symbol.asyncDispose]: () => owned.kill(),
  };
}

/** Whether a process is running. A zombie that its parent has not waited for yet does not count. */
export function isAlive(pid: number): boolean {
  return processIdentity(pid) !== null;
}

import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { within } from '../../core/runtime/within.ts';
import { isSameProcess, processIdentity } from '../launch/process-identity.mjs';
import { waitUntil } from '../waiting/wait-until.ts';

export interface OwnedProcessOptions {
  /** The pid file's name. The name must be unique in `pidDir`. */
  name: string;
  file: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdio: StdioOptions;
  /** The folder for the pid files. If the launcher is killed, a later start ends the processes recorded there. */
  pidDir: string;
  /**
   * Makes the kernel kill the process when this process ends, however it ends (Linux only). Use it only for disposable
   * data, as in tests.
   */
  dieWithUs?: boolean;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A child process in a separate session, so that it gets signals only from this process. */
export interface OwnedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process has ended and all its output has been read. */
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and, after `limitMs`, SIGKILL. Resolves to false if SIGKILL was needed, otherwise to true. */
  stop(limitMs: number): Promise<boolean>;
  /** Kills the process and everything that it started. */
  kill(): Promise<void>;
}

export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const { name, cwd, env, stdio, pidDir } = options;
  const [file, ...args] = commandLine(options);
  mkdirSync(pidDir, { recursive: true, mode: 0o700 });
  const child = spawn(file, args, { cwd, env, stdio, detached: true });
  const { pid } = child;
  if (pid === undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    child.once('error', reject);
    return promise;
  }
  const pidFile = join(pidDir, `${name}.json`);
  writeFileSync(pidFile, JSON.stringify({ pid, identity: processIdentity(pid) }), { mode: 0o600 });

  let running = true;
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  // Kill the children too. Otherwise the children would keep running and keep the output open.
  child.once('exit', () => signalGroup(pid, 'SIGKILL'));
  child.once('close', (code, signal) => {
    running = false;
    rmSync(pidFile, { force: true });
    resolve({ code, signal });
  });
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  const kill = async () => {
    if (running) signalGroup(pid, 'SIGKILL');
    await ended;
  };
  return {
    pid,
    child,
    ended,
    isRunning: () => running,
    signal,
    kill,
    stop: async (limitMs) => {
      if (!running) return true;
      signal('SIGTERM');
      // A process that SIGSTOP has stopped handles SIGTERM only after SIGCONT.
      signal('SIGCONT');
      const inTime = await within(
        limitMs,
        ended.then(() => true),
        () => false,
      );
      if (!inTime) await kill();
      return inTime;
    },
  };
}

function commandLine({ file, args, dieWithUs }: OwnedProcessOptions): [string, ...string[]] {
  const setpriv = '/usr/bin/setpriv';
  if (dieWithUs !== true || !existsSync(setpriv)) return [file, ...args];
  return [setpriv, '--pdeathsig', 'KILL', '--', file, ...args];
}

/** Ends the processes that a killed launcher left running, as its pid files list them. Resolves to their names. */
export async function endLeftovers(pidDir: string, limitMs: number): Promise<string[]> {
  if (!existsSync(pidDir)) return [];
  const files = readdirSync(pidDir).filter((file) => file.endsWith('.json'));
  const names = await Promise.all(
    files.map(async (file) => {
      const path = join(pidDir, file);
      const left = readPidFile(path);
      const ended = left !== null && (await endLeftover(left.pid, left.identity, limitMs));
      rmSync(path, { force: true });
      return ended ? basename(file, '.json') : null;
    }),
  );
  return names.filter((name) => name !== null);
}

/**
 * On Linux, ends the servers whose working directory is `directory`. If a launcher was killed before it wrote a
 * server's pid file, only this search finds the server. Two Redis servers on the same files would destroy them.
 */
export async function endServersIn(directory: string, serverName: string, limitMs: number): Promise<void> {
  if (process.platform !== 'linux' || !existsSync(directory)) return;
  const path = realpathSync(directory);
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!(pid > 0) || readLinkOrNull(`/proc/${pid}/cwd`) !== path) continue;
    if (programName(pid) !== serverName) continue;
    const identity = processIdentity(pid);
    if (identity !== null) await endLeftover(pid, identity, limitMs);
  }
}

/**
 * Returns the name under which a process was started. The process's file may have another name: Debian's redis-server
 * is a link to redis-check-rdb. Redis appends its address to the name, as in `/usr/bin/redis-server 127.0.0.1:6379`.
 */
function programName(pid: number): string | null {
  try {
    const [command = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return basename(command).split(' ')[0] ?? null;
  } catch {
    return null;
  }
}

async function endLeftover(pid: number, identity: string, limitMs: number): Promise<boolean> {
  // By now the pid may belong to another process.
  if (!isSameProcess(pid, identity)) return false;
  process.kill(pid, 'SIGTERM');
  process.kill(pid, 'SIGCONT');
  const isGone = (): boolean => !isSameProcess(pid, identity);
  // If the process does not end in time, it is killed below.
  await waitUntil(isGone, { limitMs }).catch(() => undefined);
  signalGroup(pid, 'SIGKILL');
  await waitUntil(isGone);
  return true;
}

function readLinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/**
 * Sends a signal to the leader of a process group and to everything that it started. Does nothing if all of them have
 * ended.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

function readPidFile(path: string): { pid: number; identity: string } | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value)) return null;
    const { pid, identity } = value;
    return typeof pid === 'number' && typeof identity === 'string' ? { pid, identity } : null;
  } catch {
    return null;
  }
}

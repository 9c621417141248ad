import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { waitUntil } from '../waiting/wait-until.ts';
import { findFreePort, isPortFree } from './free-port.ts';
import { type Ended, type OwnedProcess, startOwnedProcess } from './owned-process.ts';

/**
 * 'ready': our server accepts calls. 'loading': our server is loading its data. 'silent': the server does not answer.
 */
export type Readiness = 'ready' | 'silent' | 'loading';

/** How to run one kind of server. */
export interface ServiceRecipe {
  name: string;
  directory: string;
  logFile: string;
  pidDir: string;
  dieWithUs: boolean;
  /** Writes the files that the server reads when it starts. Returns the server's command. */
  prepare: (port: number) => { file: string; args: string[] };
  /** Signs in with the password, so that another server on the port is not mistaken for ours. */
  ask: (port: number) => Promise<Readiness>;
  /** Removes files that `prepare` wrote and that are needed only for the start. */
  started?: () => void;
  /** Ends processes that a killed launcher may have left running, such as a container. */
  clear?: () => Promise<void>;
  /** If undefined, the server gets a minimal environment. */
  env?: NodeJS.ProcessEnv;
  urlAt: (port: number) => string;
  /** If the server does not answer within this time, the start fails. */
  startLimitMs: number;
  stopLimitMs: number;
}

/** A server that this process runs, with its data in one of our folders. */
export interface LocalService {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly logFile: string;
  /** Null while the server is down. */
  pid(): number | null;
  /** Resolves when the running process ends. The method returns null while the server is down. */
  ended(): Promise<Ended> | null;
  /**
   * Starts the server on its port and data, or does nothing if it is running. Resolves when the server answers. If
   * `signal` aborts, the promise rejects, but the process keeps running until `stop`.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops the server cleanly. Resolves to false if it had to be killed. */
  stop(): Promise<boolean>;
  /** Kills the server with SIGKILL, as if it had crashed. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  preferredPort?: number | undefined;
  /** Called with a line for the terminal if a start takes long. */
  say: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** Starts a server on a free port, the preferred one if possible. */
export async function startLocalService(recipe: ServiceRecipe, options: StartOptions): Promise<LocalService> {
  for (let attempt = 1; ; attempt += 1) {
    const service = serviceAt(recipe, await findFreePort('127.0.0.1', options.preferredPort), options.say);
    try {
      await service.start(options.signal);
      return service;
    } catch (error) {
      await service.stop();
      if (options.signal?.aborted === true) throw error;
      // If another process has taken the port since the check, try another port.
      if (attempt < 5 && !(await isPortFree('127.0.0.1', service.port))) continue;
      throw error;
    }
  }
}

function serviceAt(recipe: ServiceRecipe, port: number, say: (line: string) => void): LocalService {
  let running: OwnedProcess | undefined;
  const url = recipe.urlAt(port);
  return {
    name: recipe.name,
    port,
    url,
    logFile: recipe.logFile,
    pid: () => (running?.isRunning() === true ? running.pid : null),
    ended: () => (running?.isRunning() === true ? running.ended : null),
    start: async (signal) => {
      if (running?.isRunning() === true) return;
      await recipe.clear?.();
      if (running !== undefined) await untilPortFree(recipe, port, signal);
      running = await launch(recipe, port);
      await untilReady(recipe, port, running, say, signal);
    },
    stop: async () => {
      if (running === undefined) return true;
      const inTime = await running.stop(recipe.stopLimitMs);
      await recipe.clear?.();
      return inTime;
    },
    kill: async () => running?.kill(),
    signal: (signal) => running?.signal(signal),
  };
}

/**
 * Waits until no process listens on the port. If Redis is killed just after it forked to rewrite its log, the child
 * keeps the socket open until it first runs. That took up to 12 ms while six busy loops ran on two cores, in 143 of 602
 * tries.
 */
async function untilPortFree(recipe: ServiceRecipe, port: number, signal: AbortSignal | undefined): Promise<void> {
  await waitUntil(() => isPortFree('127.0.0.1', port), {
    limitMs: recipe.startLimitMs,
    everyMs: 5,
    signal,
    late: () =>
      `${recipe.name} can't restart: another process has been listening on its port ${port} for ` +
      `${recipe.startLimitMs / 1_000} s. End that process, then start again.`,
  });
}

async function launch(recipe: ServiceRecipe, port: number): Promise<OwnedProcess> {
  const { file, args } = recipe.prepare(port);
  setAsideLongLog(recipe.logFile);
  const log = openSync(recipe.logFile, 'a', 0o600);
  try {
    return await startOwnedProcess({
      name: recipe.name,
      file,
      args,
      cwd: recipe.directory,
      // The server gets only a minimal environment, because ours may contain secrets that the server does not need.
      env: recipe.env ?? { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', log, log],
      pidDir: recipe.pidDir,
      dieWithUs: recipe.dieWithUs,
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(
  recipe: ServiceRecipe,
  port: number,
  server: OwnedProcess,
  say: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const startedMs = performance.now();
  let silentSinceMs = startedMs;
  let saidMs = startedMs;
  const isReady = async (): Promise<boolean> => {
    const readiness = await recipe.ask(port);
    signal?.throwIfAborted();
    if (!server.isRunning()) throw new Error(`${recipe.name} did not start.\n${logTail(recipe.logFile)}`);
    if (readiness === 'ready') return true;
    const nowMs = performance.now();
    if (readiness === 'loading') silentSinceMs = nowMs;
    if (nowMs - silentSinceMs > recipe.startLimitMs) {
      await server.kill();
      throw new Error(`${recipe.name} did not answer for ${recipe.startLimitMs} ms.\n${logTail(recipe.logFile)}`);
    }
    if (nowMs - saidMs > 5_000) {
      saidMs = nowMs;
      say(`${recipe.name} is still loading its data (${Math.round((nowMs - startedMs) / 1_000)} s).`);
    }
    return false;
  };
  await waitUntil(isReady, { signal });
  recipe.started?.();
}

/** Returns the end of a server's log, for use in an error message. */
export function logTail(path: string): string {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return `The end of ${path}:\n${lines
    .slice(-15)
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

function setAsideLongLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 10 * 1024 * 1024) renameSync(path, `${path}.1`);
}

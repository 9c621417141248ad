import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '../../core/mysql/migrate.ts';
import { type FileLock, tryLock } from '../launch/file-lock.mjs';
import { logTail } from '../services/local-service.ts';
import { writeFileAtomically } from '../services/atomic-file.ts';
import { endLeftovers } from '../services/owned-process.ts';
import { startServices } from '../services/services.ts';
import { reserveApiPort } from './api-port.ts';
import { keepRunning, type Part } from './keep-running.ts';
import { nodeProcess } from './node-process.ts';
import { findRunningSystem, lockPath, removeRunFile, type RunFile, stoppingPath, writeRunFile } from './run-file.ts';
import { keepAuthSecret, type Settings } from './settings.ts';

export interface SystemOptions {
  root: string;
  settings: Settings;
  /** What the start is doing, and what goes wrong later. */
  say: (line: string) => void;
  /** Gives up a start that is under way. */
  signal: AbortSignal;
  /** The files that are run, relative to the root. */
  scripts: { api: string; worker: string };
}

export interface System {
  run: RunFile;
  authSecret: string;
  /**
   * Stops API, worker and local servers, in this order, once. Resolves to whether each ended by itself in time.
   */
  stop: () => Promise<boolean>;
  /** Makes a stop that is under way a quick one: what is accepted is stored, what is in hand gets no reply. */
  hurry: () => void;
}

const readyLimitMs = 60_000;
const leftoverLimitMs = 20_000;
/** Twice as long as an orphaned system takes to notice, and begin its stop. */
const takeoverLookMs = 1_000;

/** Starts the whole system and resolves when it is ready for requests. Stops what it started when it fails. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { say, signal } = options;
  const closers: (() => unknown)[] = [];
  try {
    return await start(options, closers);
  } catch (error) {
    for (const close of closers.reverse()) await close();
    if (signal.aborted) say('The start was given up.');
    throw error;
  }
}

async function start(options: SystemOptions, closers: (() => unknown)[]): Promise<System> {
  const { root, settings, say, signal, scripts } = options;
  const { dataDir, host } = settings;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(dataDir, say, signal);
  closers.push(lock.release, () => removeRunFile(dataDir));
  removeRunFile(dataDir);
  rmSync(stoppingPath(dataDir), { force: true });
  const pidDir = join(dataDir, 'pids');
  for (const name of await endLeftovers(pidDir, leftoverLimitMs))
    say(`Ended the ${name} that an earlier start had left.`);

  const apiPort = await reserveApiPort(host, settings.port);
  closers.push(apiPort.release);
  if (apiPort.moved) say(`Port 3000 is taken; using ${apiPort.port}. Set PORT to choose another.`);
  const secret = keepAuthSecret(settings);
  if (secret.temporary) closers.push(() => rmSync(secret.file, { force: true }));

  const stopping = new AbortController();
  const keeping: Promise<void>[] = [];
  const startedAt = new Date().toISOString();
  const url = `http://${reachable(host)}:${apiPort.port}`;
  let announced = false;
  const announce = () => {
    if (announced && !stopping.signal.aborted) writeRunFile(dataDir, run());
  };
  const keep = (part: Part) => keeping.push(keepRunning(part, { say, restarted: announce, signal: stopping.signal }));
  closers.push(() => {
    stopping.abort();
    return Promise.all(keeping);
  });

  const own = [
    ...(settings.redisUrl === undefined ? ['Redis'] : []),
    ...(settings.databaseUrl === undefined ? ['MariaDB'] : []),
  ];
  if (own.length > 0) say(`Starting ${own.join(' and ')} (data: ${dataDir}).`);
  const services = await startServices({
    dataDir,
    say,
    redisUrl: settings.redisUrl,
    databaseUrl: settings.databaseUrl,
    signal,
  });
  closers.push(services.stop);
  services.local.forEach(keep);
  const { redisUrl, databaseUrl } = services;

  await migrate({ databaseUrl, log: say });
  signal.throwIfAborted();

  say('Starting the API and the worker.');
  const env = {
    ...settings.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    AUTH_SECRET: secret.value,
    HOST: host,
    PORT: String(apiPort.port),
  };
  const processOf = (name: string, script: string) => {
    const logFile = join(dataDir, 'logs', `${name}.log`);
    return nodeProcess({ name, script: join(root, script), cwd: root, env, pidDir, logFile, show: say });
  };
  const worker = processOf('worker', scripts.worker);
  const api = processOf('api', scripts.api);
  closers.push(
    () => worker.stop(),
    () => api.stop(),
  );
  await Promise.all([worker.start(), api.start()]);
  await untilReady(url, [api, worker], dataDir, signal);
  keep(api);
  keep(worker);

  const parts = [api, worker, ...services.local];
  const run = (): RunFile => ({
    url,
    redisUrl,
    databaseUrl,
    authSecretFile: secret.file,
    startedAt,
    pids: Object.fromEntries([
      ['supervisor', process.pid],
      ...parts.flatMap((part) => {
        const pid = part.pid();
        return pid === null ? [] : [[part.name, pid]];
      }),
    ]) as Record<string, number>,
  });
  announced = true;
  announce();

  let stopped: Promise<boolean> | undefined;
  const stop = async () => {
    stopping.abort();
    writeFileAtomically(stoppingPath(dataDir), '');
    removeRunFile(dataDir);
    await Promise.all(keeping);
    const inTime = [await api.stop(), await worker.stop(), await services.stop()];
    if (secret.temporary) rmSync(secret.file, { force: true });
    apiPort.release();
    rmSync(stoppingPath(dataDir), { force: true });
    lock.release();
    return inTime.every((value) => value);
  };
  return {
    run: run(),
    authSecret: secret.value,
    stop: () => (stopped ??= stop()),
    hurry: () => {
      void api.kill();
      void worker.kill();
    },
  };
}

/**
 * One system on a data dir. A launcher that was killed takes its system with it, in order, within seconds; a start that
 * comes meanwhile waits for that.
 */
async function lockDataDir(dataDir: string, say: (line: string) => void, signal: AbortSignal): Promise<FileLock> {
  const patientUntilMs = performance.now() + takeoverLookMs;
  for (let waited = false; ;) {
    const lock = await tryLock(lockPath(dataDir));
    if (lock.release !== undefined) return lock;
    signal.throwIfAborted();
    const isStopping = existsSync(stoppingPath(dataDir));
    if (isStopping && !waited) say(`An earlier start (pid ${lock.holderPid}) is still stopping; waiting for it.`);
    waited ||= isStopping;
    if (!isStopping && performance.now() > patientUntilMs) {
      const url = findRunningSystem(dataDir)?.url;
      throw new Error(
        `Firstcome already runs on ${dataDir} (pid ${lock.holderPid}${url === undefined ? '' : `, ${url}`}). ` +
          'Stop it first, or set FIRSTCOME_DATA_DIR to another folder for a second one.',
      );
    }
    await sleep(50);
  }
}

async function untilReady(url: string, parts: Part[], dataDir: string, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + readyLimitMs;
  let last = 'no answer';
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const dead = parts.find((part) => part.pid() === null);
    if (dead !== undefined) {
      throw new Error(
        `The ${dead.name} process ended before it was ready.\n${logTail(join(dataDir, 'logs', `${dead.name}.log`))}`,
      );
    }
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      last = `${response.status} ${await response.text()}`;
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(50);
  }
  throw new Error(`${url}/readyz was not 200 within ${readyLimitMs / 1_000} s; its last answer: ${last}`);
}

/** An address to connect to, for a host to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../core/mysql/migrate.ts';
import { type FileLock, tryLock } from '../launch/file-lock.mjs';
import { writeFileAtomically } from '../services/atomic-file.ts';
import { logTail } from '../services/local-service.ts';
import { endLeftovers } from '../services/owned-process.ts';
import { type ContainersChoice, type Services, startServices } from '../services/services.ts';
import { awaitReady } from '../waiting/await-ready.ts';
import { waitUntil } from '../waiting/wait-until.ts';
import { reserveApiPort, reservePort } from './api-port.ts';
import type { Part } from './keep-running.ts';
import { Life } from './life.ts';
import { nodeProcess } from './node-process.ts';
import { createRoleTokens, keepRenewing } from './role-token.ts';
import { findRunningSystem, lockPath, removeRunFile, type RunFile, stoppingPath, writeRunFile } from './run-file.ts';
import { keepAuthSecret, type Settings } from './settings.ts';
import { oncePerLoss, type Terminal } from './terminal.ts';

export interface SystemOptions {
  root: string;
  settings: Settings;
  terminal: Terminal;
  /** Aborts a start in progress. */
  signal: AbortSignal;
  /** The scripts to run, by paths relative to the root. */
  scripts: { api: string; worker: string };
  /** If undefined, Redis and MySQL run on this machine. */
  containers?: ContainersChoice;
}

export interface System {
  run: RunFile;
  authSecret: string;
  /** Whether the pages simulate visitors. */
  demo: boolean;
  /**
   * Stops the API, the worker and the local servers, in this order, once. Resolves to false if one had to be killed.
   */
  stop: () => Promise<boolean>;
  /** Speeds up a stop in progress: accepted claims are stored, but calls in progress get no reply. */
  hurry: () => void;
}

const leftoverLimitMs = 20_000;
/**
 * How long a start waits for signs that an earlier launcher's system is stopping: twice as long as a system without its
 * launcher needs to begin stopping.
 */
const takeoverLookMs = 1_000;

/** Starts the whole system. Resolves when it is ready for requests; if it fails, stops what it has started. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const life = new Life(options.terminal.say);
  try {
    return await start(options, life);
  } catch (error) {
    await life.close();
    throw error;
  }
}

async function start(options: SystemOptions, life: Life): Promise<System> {
  const { root, settings, terminal, signal, scripts } = options;
  const { say } = terminal;
  const { dataDir, host, ops } = settings;
  await takeDataDir(dataDir, life, say, signal);
  const pidDir = join(dataDir, 'pids');
  for (const name of await endLeftovers(pidDir, leftoverLimitMs)) {
    say(`Ended the ${name} that an earlier start had left running.`);
  }
  // Reserve these ports before looking for the public port, which must avoid them.
  const opsPort = ops && (await reservePort('OPS_PORT', ops));
  if (opsPort !== null) life.onClose(opsPort.release);
  const workerPort = await reservePort('WORKER_PORT', settings.worker);
  life.onClose(workerPort.release);
  const { port, moved, release } = await reserveApiPort(host, settings.port);
  life.onClose(release);
  if (moved) say(`Port 3000 is taken; using ${port}. Set PORT to choose another.`);
  const secret = keepAuthSecret(settings);
  if (secret.temporary) life.onClose(() => rmSync(secret.file, { force: true }));

  let announce = () => undefined as void;
  const restarted = () => announce();
  const services = await startOwnServers(options);
  life.onClose(services.stop);
  for (const server of services.local) life.keep(server, restarted);
  const { redisUrl, databaseUrl } = services;
  await migrateDatabase(databaseUrl, say);
  signal.throwIfAborted();

  say('Starting the API and the worker.');
  const demo = await settings.wantsDemo();
  const env = {
    ...settings.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    AUTH_SECRET: secret.value,
    HOST: host,
    PORT: String(port),
    FIRSTCOME_DEMO: demo ? '1' : '0',
    ...(opsPort !== null && { OPS_PORT: String(opsPort.port) }),
    WORKER_PORT: String(workerPort.port),
  };
  const shown = oncePerLoss(terminal);
  const processOf = (name: string, script: string) => {
    const part = nodeProcess({
      name,
      script: join(root, script),
      cwd: root,
      env,
      pidDir,
      logFile: logFileOf(dataDir, name),
      terminal: shown,
    });
    life.onClose(() => part.stop());
    return part;
  };
  const worker = processOf('worker', scripts.worker);
  const api = processOf('api', scripts.api);
  await Promise.all([worker.start(), api.start()]);
  const url = `http://${reachable(host)}:${port}`;
  const opsUrl = ops === null || opsPort === null ? url : `http://${reachable(ops.host)}:${opsPort.port}`;
  const workerUrl = `http://${reachable(settings.worker.host)}:${workerPort.port}`;
  const parts = [api, worker];
  await awaitReady(opsUrl, { requireAlive: () => requireAlive(parts, dataDir), say, signal });

  const startedAt = new Date().toISOString();
  const tokens = createRoleTokens(secret.value, settings.tokenRules);
  let token = tokens.make();
  const whatRuns = (): RunFile => ({
    url,
    opsUrl,
    workerUrl,
    redisUrl,
    databaseUrl,
    authSecretFile: secret.file,
    token,
    tokenRules: settings.tokenRules,
    startedAt,
    pids: pidsOf([api, worker, ...services.local]),
  });
  announce = () => writeRunFile(dataDir, whatRuns());
  announce();
  const renewToken = () => {
    token = tokens.make();
    announce();
  };
  life.onStopping(keepRenewing(settings.tokenRules.roleMaxMs, renewToken, say));
  life.keep(api, restarted);
  life.keep(worker, restarted);
  return {
    run: whatRuns(),
    authSecret: secret.value,
    demo,
    stop: () => life.close(),
    hurry: () => {
      void api.kill();
      void worker.kill();
    },
  };
}

function pidsOf(parts: Part[]): Record<string, number> {
  const pids: Record<string, number> = { supervisor: process.pid };
  for (const part of parts) {
    const pid = part.pid();
    if (pid !== null) pids[part.name] = pid;
  }
  return pids;
}

function startOwnServers({ settings, terminal: { say }, signal, containers }: SystemOptions): Promise<Services> {
  const { dataDir, redisUrl, databaseUrl } = settings;
  const own = [...(redisUrl === undefined ? ['Redis'] : []), ...(databaseUrl === undefined ? ['MariaDB'] : [])];
  if (own.length > 0) say(`Starting ${own.join(' and ')} (data: ${dataDir}).`);
  return startServices({ dataDir, say, redisUrl, databaseUrl, containers, signal });
}

async function migrateDatabase(databaseUrl: string, say: (line: string) => void): Promise<void> {
  try {
    let applied = 0;
    const log = (line: string) => (line.startsWith('Applying migration') ? (applied += 1) : say(line));
    await migrate({ databaseUrl, log });
    if (applied > 0) say(`Migrated the database (${applied} ${applied === 1 ? 'migration' : 'migrations'}).`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The database at ${new URL(databaseUrl).host} could not be migrated: ${reason}`, {
      cause: error,
    });
  }
}

/** Locks the data dir until the close, and records in it that the stop has begun. */
async function takeDataDir(
  dataDir: string,
  life: Life,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(dataDir, say, signal);
  life.onClose(lock.release);
  life.onClose(() => rmSync(stoppingPath(dataDir), { force: true }));
  removeRunFile(dataDir);
  rmSync(stoppingPath(dataDir), { force: true });
  life.onStopping(() => {
    writeFileAtomically(stoppingPath(dataDir), '');
    removeRunFile(dataDir);
  });
}

/**
 * Locks the data dir, so that only one system runs on it. A killed launcher's system needs a few seconds to stop; a
 * start in that time waits for it.
 */
async function lockDataDir(dataDir: string, say: (line: string) => void, signal: AbortSignal): Promise<FileLock> {
  const patientUntilMs = performance.now() + takeoverLookMs;
  let waited = false;
  return waitUntil(
    async () => {
      const lock = await tryLock(lockPath(dataDir));
      if (lock.release !== undefined) return lock;
      signal.throwIfAborted();
      const isStopping = existsSync(stoppingPath(dataDir));
      if (isStopping && !waited) say(`An earlier start (pid ${lock.holderPid}) is still stopping. Waiting for it.`);
      waited ||= isStopping;
      if (!isStopping && performance.now() > patientUntilMs) {
        const url = findRunningSystem(dataDir)?.url;
        throw new Error(
          `Firstcome is already running on ${dataDir} (pid ${lock.holderPid}${url === undefined ? '' : `, ${url}`}). ` +
            'Stop it first, or set FIRSTCOME_DATA_DIR to another folder to run a second system.',
        );
      }
      return null;
    },
    { everyMs: 50, signal },
  );
}

/** Throws if a part has ended before the system was ready. */
function requireAlive(parts: Part[], dataDir: string): void {
  const dead = parts.find((part) => part.pid() === null);
  if (dead === undefined) return;
  throw new Error(`The ${dead.name} process ended before it was ready.\n${logTail(logFileOf(dataDir, dead.name))}`);
}

const logFileOf = (dataDir: string, name: string) => join(dataDir, 'logs', `${name}.log`);

/** An address at which clients reach a server that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

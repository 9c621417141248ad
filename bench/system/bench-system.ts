import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createTokenMint } from '../../core/access/mint-token.ts';
import type { StrategyName } from '../../core/events/event.ts';
import { migrate } from '../../core/mysql/migrate.ts';
import { openDb, type Db } from '../../core/mysql/open-db.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { tryLock } from '../../scripts/launch/file-lock.mjs';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { logTail } from '../../scripts/services/local-service.ts';
import { endLeftovers, startOwnedProcess, type OwnedProcess } from '../../scripts/services/owned-process.ts';
import { startServices } from '../../scripts/services/services.ts';
import { awaitReady } from '../../scripts/waiting/await-ready.ts';
import { createMySqlUsers, type MySqlUsers } from '../meters/mysql-users.ts';

/**
 * A whole system that exists only for measurements. The system is deleted afterwards, and each of its processes can be
 * inspected.
 */
export type BenchSystem = AsyncDisposable & {
  redisUrl: string;
  databaseUrl: string;
  authSecret: string;
  redis: Redis;
  /**
   * A connection with all rights. Its user is not one of `mysqlUsers`, so that its statements are counted separately.
   */
  db: Db;
  mysqlUsers: MySqlUsers;
  /** The folder for the bench's own files. */
  dir: string;
  api: BenchApi;
  worker: OwnedProcess;
  /** The processes that serve claims. */
  pids: { api: number; worker: number; redis: number; mysql: number };
  /** Starts another API, or another script that listens on HOST and PORT and answers `/readyz`. */
  startApi(name: string, script: string, options?: ProcessOptions): Promise<BenchApi>;
  /**
   * Stops the worker and starts another one with these settings. When that is disposed, the next part gets a usual
   * worker again.
   */
  replaceWorker(env: Record<string, string>): Promise<AsyncDisposable & { pid: number }>;
  /** Creates an event that opens at once, or at `opensAtMs`. The default strategy is `redis-stream`. */
  createEvent(event: BenchEvent): Promise<{ id: string; round: number }>;
  /** Closes an event, so that the worker can finish its round. */
  closeEvent(eventId: string): Promise<void>;
};

export type BenchEvent = {
  name: string;
  stock: number;
  opensAtMs?: number;
  strategy?: StrategyName;
  page?: PageFields;
};

/** Fields of an event that only the event's page shows. */
export type PageFields = Pick<
  Parameters<ReturnType<typeof createApiClient>['admin']['event']['create']['mutate']>[0],
  'description' | 'terms' | 'imageUrl' | 'imageAlt' | 'useUrl' | 'validUntil' | 'theme'
>;

/** `env` is added to the system's own environment. */
type ProcessOptions = { nodeArgs?: string[]; env?: Record<string, string> };

export type BenchApi = { url: string; process: OwnedProcess; logFile: string };

const leftoverLimitMs = 20_000;

/** Starts services in `dir` (deleted at the end), a worker, and `api/main.ts`. */
export async function startBenchSystem(options: {
  root: string;
  dir: string;
  say: (line: string) => void;
  /** Gives the servers small data files. */
  forTests?: boolean;
}): Promise<BenchSystem> {
  const { root, dir, say } = options;
  await using closing = new AsyncDisposableStack();
  let opened: AsyncDisposableStack = closing;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await tryLock(join(dir, 'lock'));
  if (lock.release === undefined) throw new Error(`Another bench runs in ${dir} (pid ${lock.holderPid}).`);
  const { release } = lock;
  closing.defer(() => {
    release();
    rmSync(dir, { recursive: true, force: true });
  });
  // Ends the processes of a killed bench, because they would disturb the measurements.
  for (const name of ['pids', 'services/pids']) await endLeftovers(join(dir, name), leftoverLimitMs);
  for (const name of ['pids', 'services', 'logs']) rmSync(join(dir, name), { recursive: true, force: true });
  const services = await startServices({ dataDir: dir, say, databaseAdmin: true, forTests: options.forTests ?? false });
  closing.defer(async () => void (await services.stop()));
  const { redisUrl, databaseUrl } = services;
  await migrate({ databaseUrl });
  const redis = closing.adopt(new Redis(redisUrl), (client) => client.disconnect());
  const db = closing.adopt(openDb(databaseUrl, { poolMax: 2, commandTimeoutMs: 60_000 }), (client) =>
    client.$disconnect(),
  );
  const mysqlUsers = await createMySqlUsers(db, databaseUrl);

  const authSecret = randomBytes(48).toString('base64url');
  const pidDir = join(dir, 'pids');
  const start = async (
    name: string,
    args: string[],
    env: NodeJS.ProcessEnv,
    logFile: string,
  ): Promise<OwnedProcess> => {
    const log = openSync(logFile, 'w', 0o600);
    try {
      const cwd = root;
      const stdio = ['ignore', log, log] as const;
      const file = process.execPath;
      const started = await startOwnedProcess({
        name,
        file,
        args,
        cwd,
        env,
        stdio: [...stdio],
        pidDir,
        dieWithUs: true,
      });
      opened.defer(async () => void (await started.stop(15_000)));
      return started;
    } finally {
      closeSync(log);
    }
  };
  const logFileOf = (name: string): string => join(dir, 'logs', `${name}.log`);
  const systemEnv = (databaseUrl: string, port: number): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    AUTH_SECRET: authSecret,
    HOST: '127.0.0.1',
    PORT: String(port),
    // Adds the control strategy to the system.
    FIRSTCOME_UNSAFE: '1',
  });
  const startApi: BenchSystem['startApi'] = async (name, script, { nodeArgs = [], env = {} } = {}) => {
    const port = await findFreePort('127.0.0.1');
    const logFile = logFileOf(name);
    const ownEnv = { ...systemEnv(mysqlUsers.api.url, port), ...env };
    const started = await start(name, [...nodeArgs, join(root, script)], ownEnv, logFile);
    const url = `http://127.0.0.1:${port}`;
    await awaitReady(url, {
      requireAlive: () => {
        if (!started.isRunning()) throw new Error(`${url} ended before it was ready:\n${logTail(logFile)}`);
      },
    });
    return { url, process: started, logFile };
  };
  const workerEnv = systemEnv(mysqlUsers.worker.url, 0);
  const startWorker = (name: string, env: NodeJS.ProcessEnv = {}) =>
    start(name, [join(root, 'worker/main.ts')], { ...workerEnv, ...env }, logFileOf(name));
  let worker = await startWorker('worker');
  const api = await startApi('api', 'api/main.ts');

  const admin = createApiClient(
    api.url,
    createTokenMint(authSecret)({ sub: 'bench', role: 'operator' }, 86_400_000, Date.now()),
  );
  const pidOf = (name: string): number => {
    const pid = services.local.find((service) => (name === 'redis') === (service.name === 'redis'))?.pid();
    if (pid === null || pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  };
  // Everything that is opened from now on is closed together with the system.
  opened = closing.move();
  const all = opened;
  return {
    redisUrl,
    databaseUrl,
    authSecret,
    redis,
    db,
    mysqlUsers,
    dir,
    api,
    get worker() {
      return worker;
    },
    get pids() {
      return { api: api.process.pid, worker: worker.pid, redis: pidOf('redis'), mysql: pidOf('mysql') };
    },
    replaceWorker: async (env) => {
      await worker.stop(15_000);
      const other = await startWorker('worker-replaced', env);
      return {
        pid: other.pid,
        [Symbol.asyncDispose]: async () => {
          await other.stop(15_000);
          worker = await startWorker('worker');
        },
      };
    },
    startApi,
    createEvent: async ({ opensAtMs = Date.now(), page, ...event }) => {
      const opensAt = new Date(opensAtMs).toISOString();
      const { id, round } = await admin.admin.event.create.mutate({
        ...page,
        ...event,
        amount: 1_000,
        opensAt,
        listed: false,
      });
      return { id, round };
    },
    closeEvent: async (eventId) => void (await admin.admin.event.close.mutate({ eventId })),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

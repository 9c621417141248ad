import { createHash, randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import type { Role } from '../../core/access/actor.ts';
import { createTokenMint } from '../../core/access/mint-token.ts';
import type { StrategyName } from '../../core/events/event.ts';
import { openDb, type Db } from '../../core/mysql/open-db.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { sendCrowd, type Address, type Crowd, type CrowdOptions } from './crowd.ts';
import { root, startCommand, startProcess, type TestProcess } from './processes.ts';
import { useResource } from './use-resource.ts';
import { waitFor } from './wait-for.ts';

// Processes that die and come back need time, and more time if many tests share two cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const secret = randomBytes(32).toString('base64url');
const mint = createTokenMint(secret);
const tokenLifeMs = 3_600_000;

/** A token that a test's API processes accept. */
export const tokenOf = (userId: string, role?: Role): string => mint({ sub: userId, role }, tokenLifeMs, Date.now());

/** The addresses of a process's servers, and the other variables of its environment. */
export type ProcessOptions = {
  redisUrl: string;
  databaseUrl: string;
  env?: Record<string, string>;
  /** The checkout that contains the file to run. Default: this one. */
  checkout?: string | undefined;
  /** How many files an API process may open. Default: as many as the test's own process may. */
  descriptors?: number;
};

/** A separate API process. A test may kill it, stop it, and start it again on the same port. */
export type ApiProcess = AsyncDisposable & {
  readonly address: Address;
  readonly url: string;
  readonly process: TestProcess;
  /** Starts the process again after it died, and waits until it answers. */
  restart(change?: Partial<ProcessOptions>): Promise<void>;
  /** A client of the API, with an operator's token or the given one. */
  client(token?: string): ReturnType<typeof createApiClient>;
};

/** Starts `api/main.ts` and waits until it listens, even if its servers do not answer. */
export async function startApi(options: ProcessOptions): Promise<ApiProcess> {
  const address = { host: '127.0.0.1', port: await findFreePort('127.0.0.1') };
  const url = `http://${address.host}:${address.port}`;
  let running = await launchApi(url, address.port, options);
  return {
    address,
    url,
    get process() {
      return running;
    },
    restart: async (change = {}) => {
      running = await launchApi(url, address.port, { ...options, ...change });
    },
    client: (token = tokenOf('operator', 'operator')) => createApiClient(url, token),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function launchApi(url: string, port: number, options: ProcessOptions): Promise<TestProcess> {
  const { descriptors, checkout } = options;
  const script = 'api/main.ts';
  const env = {
    ...{ REDIS_URL: options.redisUrl, DATABASE_URL: options.databaseUrl },
    ...{ AUTH_SECRET: secret, HOST: '127.0.0.1', PORT: String(port), ...options.env },
  };
  const limited = ['-c', `ulimit -n ${descriptors}; exec "$0" "$1"`, process.execPath, join(root, script)];
  const api = await (descriptors === undefined
    ? startProcess({ script, checkout, env })
    : startCommand('sh', limited, env));
  const alive = async () => {
    if (!api.isRunning()) return 'ended';
    return (await fetch(`${url}/livez`)).ok;
  };
  const seen = await waitFor(alive, { what: `an API process at ${url}`, limitMs: 20_000 });
  if (seen === 'ended') throw new Error(`The API process ended before it listened:\n${api.output()}`);
  return api;
}

/** Starts `worker/main.ts`, and waits until it runs. */
export async function startWorker(options: ProcessOptions): Promise<TestProcess> {
  const { redisUrl, databaseUrl, checkout, env = {} } = options;
  const worker = await startProcess({
    ...{ script: 'worker/main.ts', checkout },
    env: { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ...env },
  });
  await worker.outputMatching(/"event":"worker_ready"/);
  return worker;
}

/** The test's own connections to both stores. While a server is down, calls wait. */
export type DirectStores = AsyncDisposable & { redis: Redis; db: Db };

export function openDirect({ redisUrl, databaseUrl }: ProcessOptions): DirectStores {
  const redis = new Redis(redisUrl, {
    connectionName: 'test',
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  redis.on('error', () => undefined);
  // One connection, so that a test that counts connections knows how many are the test's own.
  const db = openDb(databaseUrl, { poolMax: 1, commandTimeoutMs: 20_000 });
  return {
    redis,
    db,
    [Symbol.asyncDispose]: async () => {
      redis.disconnect();
      await db.$disconnect();
    },
  };
}

/** Starts an API process for the tests of this file, on servers that earlier helpers have opened. */
export const useApi = (options: () => ProcessOptions): ApiProcess => useResource('useApi()', () => startApi(options()));

/** Starts a worker for the tests of this file, on servers that earlier helpers have opened. */
export const useWorker = (options: () => ProcessOptions): TestProcess =>
  useResource('useWorker()', () => startWorker(options()));

/** Opens the test's own connections to both stores, for the tests of this file. */
export const useDirect = (options: () => ProcessOptions): DirectStores =>
  useResource('useDirect()', () => Promise.resolve(openDirect(options())));

/**
 * Two API processes and a worker, and the test's own connections to both stores. A test that kills a process may
 * replace it with a new one.
 */
export type System = AsyncDisposable & {
  /** The addresses under which the processes find their servers. */
  readonly servers: ProcessOptions;
  readonly direct: DirectStores;
  readonly apis: [ApiProcess, ApiProcess];
  worker: TestProcess;
};

/**
 * Starts a system for the tests of this file, on servers that earlier helpers have opened. If the processes use a
 * proxy, `direct` names the servers for the test's own connections.
 */
export function useSystem(at: () => { servers: ProcessOptions; direct?: ProcessOptions }): System {
  return useResource('useSystem()', async () => {
    const { servers, direct: directOptions = servers } = at();
    const direct = openDirect(directOptions);
    const [first, second, worker] = await Promise.all([startApi(servers), startApi(servers), startWorker(servers)]);
    const system: System = {
      ...{ servers, direct, apis: [first, second], worker },
      [Symbol.asyncDispose]: async () => {
        await Promise.all([first, second, system.worker].map((process) => process[Symbol.asyncDispose]()));
        await direct[Symbol.asyncDispose]();
      },
    };
    return system;
  });
}

export type TestEvent = { id: string; stock: number; opensAtMs: number };

/** Creates an event through the API. It opens now, or at `opensAtMs`. */
export async function createEvent(
  api: ApiProcess,
  { stock, opensAtMs: asked, closesAtMs, strategy }: NewEvent,
): Promise<TestEvent> {
  // A process loads much of its code at its first call. Without this call, `opensAtMs` might be more than a second old
  // when the API reads it, and the API would refuse it.
  await api.client().clock.get.query();
  const opensAtMs = asked ?? Date.now();
  const { id } = await api.client().admin.event.create.mutate({
    name: 'Sale in a storm',
    amount: 10_000,
    stock,
    opensAt: new Date(opensAtMs).toISOString(),
    ...(closesAtMs !== undefined && { closesAt: new Date(closesAtMs).toISOString() }),
    ...(strategy !== undefined && { strategy }),
  });
  return { id, stock, opensAtMs };
}

type NewEvent = { stock: number; opensAtMs?: number; closesAtMs?: number; strategy?: StrategyName };

/** `count` users whose names differ from those of all other calls. */
export function someUsers(count: number): string[] {
  const name = randomBytes(4).toString('hex');
  return Array.from({ length: count }, (_, i) => `${name}-${i}`);
}

/** `sendCrowd` to API processes, with tokens that they accept. */
export function crowdAt(
  apis: ApiProcess[],
  event: TestEvent,
  options: Omit<CrowdOptions, 'targets' | 'eventId' | 'tokenOf'>,
): Crowd {
  return sendCrowd({ ...options, targets: apis.map(({ address }) => address), eventId: event.id, tokenOf });
}

/** The hash by which Redis identifies one of our scripts. A test's proxy uses it to recognize calls to the script. */
export function scriptSha(name: string): string {
  const [file] = globSync(`core/**/lua/${name}.lua`, { cwd: root });
  if (file === undefined) throw new Error(`there is no script ${name}.lua below core/`);
  const lua = readFileSync(join(root, file), 'utf8');
  return createHash('sha1').update(lua).digest('hex');
}

/** The checks of `/readyz`, by name. */
export async function readChecks(api: ApiProcess): Promise<Record<string, { ok: boolean; detail: string }>> {
  const response = await fetch(`${api.url}/readyz`);
  const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
  return Object.fromEntries(checks.map(({ name, ok, detail }) => [name, { ok, detail }]));
}

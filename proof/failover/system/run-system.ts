import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Role } from '../../../core/access/actor.ts';
import { createTokenMint } from '../../../core/access/mint-token.ts';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { findFreePort } from '../../../scripts/services/free-port.ts';
import { logTail } from '../../../scripts/services/local-service.ts';
import { startOwnedProcess, type OwnedProcess } from '../../../scripts/services/owned-process.ts';
import { awaitReady } from '../../../scripts/waiting/await-ready.ts';
import { createApiClient } from '../../flash-sale/api-client.ts';
import type { Host } from '../network/network.ts';
import { openRelay } from '../network/relay.ts';
import type { Topology } from '../servers/topology.ts';
import type { MySql } from './mysql.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
const tokenLifeMs = 3_600_000;

export type ApiProcess = {
  name: string;
  host: Host;
  url: string;
  address: { host: string; port: number };
  process: OwnedProcess;
};

/** Two machines, each with an API process and a worker, that use the servers of a run. */
export type RunSystem = AsyncDisposable & {
  readonly machines: readonly [Host, Host];
  readonly apis: readonly [ApiProcess, ApiProcess];
  readonly workers: readonly OwnedProcess[];
  readonly db: Db;
  tokenOf(this: void, userId: string, role?: Role): string;
  /** Calls the second API process. No fault cuts this process off. */
  readonly admin: ReturnType<typeof createApiClient>;
  /** Throws if a process has ended. */
  requireAlive(): void;
};

export type RunSystemOptions = {
  topology: Topology;
  redisUrl: string;
  mysql: MySql;
  databaseUrl: string;
  dir: string;
  /** Added to the environment of each process. */
  env: Record<string, string>;
  /** Aborting this signal ends the start early. */
  signal?: AbortSignal | undefined;
};

/** Starts the processes of a run, and waits until both API processes can decide claims. */
export async function startRunSystem({
  topology,
  redisUrl,
  mysql,
  databaseUrl,
  dir,
  env,
  signal,
}: RunSystemOptions): Promise<RunSystem> {
  await using own = new AsyncDisposableStack();
  const { network } = topology;
  const authSecret = randomBytes(32).toString('base64url');
  const mint = createTokenMint(authSecret);
  const inside = new URL(databaseUrl);
  if (network.kind === 'namespaces') {
    // MySQL listens only on this machine's loopback, which the namespaces reach only through a relay.
    const relay = await openRelay(network.outside, () => ({ host: '127.0.0.1', port: mysql.port }));
    inside.hostname = network.outside;
    inside.port = String(own.use(relay).port);
  }
  const start = async (
    name: string,
    host: Host,
    script: string,
    more: Record<string, string>,
  ): Promise<OwnedProcess> => {
    const log = openSync(join(dir, `${name}.log`), 'a', 0o600);
    try {
      const started = await startOwnedProcess({
        name,
        ...host.command(process.execPath, [join(root, script)]),
        cwd: root,
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
          REDIS_URL: redisUrl,
          DATABASE_URL: inside.href,
          AUTH_SECRET: authSecret,
          ...more,
          ...env,
        },
        stdio: ['ignore', log, log],
        pidDir: join(dir, 'pids'),
        dieWithUs: true,
      });
      own.defer(() => started.kill());
      return started;
    } finally {
      closeSync(log);
    }
  };
  const startApi = async (name: string, host: Host): Promise<ApiProcess> => {
    const port = await findFreePort('127.0.0.1');
    const api = await start(name, host, 'api/main.ts', { HOST: host.address, PORT: String(port) });
    const url = `http://${host.address}:${port}`;
    await awaitReady(url, {
      requireAlive: () => {
        if (!api.isRunning())
          throw new Error(`${name} ended before it was ready.\n${logTail(join(dir, `${name}.log`))}`);
      },
      signal,
    });
    return { name, host, url, address: { host: host.address, port }, process: api };
  };
  const machines = [network.addHost('app1'), network.addHost('app2')] as const;
  const workers = await Promise.all(machines.map((host, i) => start(`worker${i + 1}`, host, 'worker/main.ts', {})));
  const apis = await Promise.all([startApi('api1', machines[0]), startApi('api2', machines[1])]);
  const db = own.adopt(openDb(databaseUrl, { poolMax: 2, commandTimeoutMs: 20_000 }), (client) => client.$disconnect());
  const tokenOf: RunSystem['tokenOf'] = (userId, role) => mint({ sub: userId, role }, tokenLifeMs, Date.now());
  const closing = own.move();
  return {
    ...{ machines, apis, workers, db, tokenOf },
    admin: createApiClient(apis[1].url, tokenOf('operator', 'operator')),
    requireAlive: () => {
      const all = [
        ...apis.map(({ name, process }) => ({ name, process })),
        ...workers.map((process, i) => ({ name: `worker${i + 1}`, process })),
      ];
      for (const { name, process } of all) {
        if (!process.isRunning()) throw new Error(`${name} ended by itself.\n${logTail(join(dir, `${name}.log`))}`);
      }
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Binaries, findOrInstall } from '../../scripts/services/binaries.ts';
import { type LocalService, type ServiceRecipe, startLocalService } from '../../scripts/services/local-service.ts';
import { initialiseDatabase, mariaDbServer, type MariaDbServerOptions } from '../../scripts/services/mariadb-server.ts';
import { redisServer } from '../../scripts/services/redis-server.ts';
import { makeTestDir } from './run-dir.ts';

/** A server for one test alone, which may do anything to it. The server is killed on disposal. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Null while the server is down. */
  pid(): number | null;
  /** Simulates a crash: SIGKILL. */
  kill9(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Starts the server again on the same port and with the same data, after `kill9` or `stop`. Resolves once the server
   * answers.
   */
  restart(): Promise<void>;
  /** Simulates a hang: SIGSTOP. */
  pause(): void;
  resume(): void;
}

export interface TestRedisServer extends TestServer {
  /** The path of the append-only file that Redis currently writes. */
  aofFile(): string;
  /** Simulates a power failure while the server is down: keeps only the first `bytes` bytes of the append-only file. */
  truncateAof(bytes: number): void;
}

/** Starts a redis-server as `npm start` does. `settings`, in the form of redis.conf, override our own settings. */
export async function startRedis(settings: Record<string, string> = {}): Promise<TestRedisServer> {
  const { redis } = await binaries({ redis: true, database: false });
  if (redis === null) throw new Error('redis-server was not found.');
  const directory = makeTestDir(inject('runDir'), 'redis');
  const server = await start(
    redisServer({ binary: redis, directory, ...filesIn(directory), password: 'test', dieWithUs: true, settings }),
  );
  const aofFile = () => join(directory, 'appendonlydir', currentAof(directory));
  return { ...server, aofFile, truncateAof: (bytes) => truncateSync(aofFile(), bytes) };
}

/** Starts a MariaDB (or MySQL) server as `npm start` does. The server's user may create databases. */
export async function startMariaDb(settings: string[] = []): Promise<TestServer> {
  const { database } = await binaries({ redis: false, database: true });
  if (database === null) throw new Error('mariadbd was not found.');
  const dir = makeTestDir(inject('runDir'), 'mariadb');
  const options: MariaDbServerOptions = {
    binary: database.file,
    flavour: database.flavour,
    directory: join(dir, 'data'),
    ...filesIn(dir),
    user: 'firstcome',
    password: 'test',
    database: 'firstcome',
    admin: true,
    dieWithUs: true,
    settings: [...(database.flavour === 'mariadb' ? ['--innodb-log-file-size=24M'] : []), ...settings],
  };
  await initialiseDatabase(options);
  return start(mariaDbServer(options));
}

function binaries(needs: { redis: boolean; database: boolean }): Promise<Binaries> {
  return findOrInstall(needs, (line) => console.error(line));
}

const filesIn = (dir: string) => ({ logFile: join(dir, 'server.log'), pidDir: join(dir, 'pids') });

async function start(recipe: ServiceRecipe): Promise<TestServer> {
  const service: LocalService = await startLocalService(recipe, { say: (line) => console.error(line) });
  return {
    url: service.url,
    port: service.port,
    directory: recipe.directory,
    pid: () => service.pid(),
    kill9: () => service.kill(),
    stop: async () => void (await service.stop()),
    restart: () => service.start(),
    pause: () => service.signal('SIGSTOP'),
    resume: () => service.signal('SIGCONT'),
    [Symbol.asyncDispose]: () => service.kill(),
  };
}

/** Redis appends to the last file of type i (incremental) in the manifest. */
function currentAof(directory: string): string {
  const folder = join(directory, 'appendonlydir');
  const manifest = readdirSync(folder).find((name) => name.endsWith('.manifest'));
  const lines = readFileSync(join(folder, manifest ?? ''), 'utf8')
    .trim()
    .split('\n');
  const name = /^file (\S+) .*type i/.exec(lines.at(-1) ?? '')?.[1];
  if (name === undefined) throw new Error(`${folder} has no append-only file to which Redis writes.`);
  return name;
}

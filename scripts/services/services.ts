import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';
import { type DatabaseBinary, findOrInstall, missingServers, type Needs } from './binaries.ts';
import { mysqlContainer, prepareContainers, redisContainer } from './container-server.ts';
import { askEngine, createDocker, type Docker } from './docker.ts';
import { type LocalService, startLocalService } from './local-service.ts';
import { initialiseDatabase, mariaDbServer, type MariaDbServerOptions } from './mariadb-server.ts';
import { endLeftovers, endServersIn } from './owned-process.ts';
import { redisServer } from './redis-server.ts';
import { storeImages, type StoreImages } from './store-settings.ts';
import { dependsOnEngine, type Place, whereToRun } from './where-to-run.ts';

export interface ServicesOptions {
  /** The absolute path of a folder for all files of the services. */
  dataDir: string;
  say: (line: string) => void;
  /** The URL of a Redis that already runs. If set, no Redis is started. */
  redisUrl?: string | undefined;
  databaseUrl?: string | undefined;
  /** Whether the database's user may create databases (default: false). */
  databaseAdmin?: boolean;
  /** For disposable data, as in tests: the servers end with this process and use small files. */
  forTests?: boolean;
  /** If undefined, the servers run on this machine. */
  containers?: ContainersChoice | undefined;
  /** Aborts a start that is in progress. */
  signal?: AbortSignal;
}

export interface ContainersChoice {
  /** The user's choice with `--services`, if any. */
  wanted: Place | undefined;
  /** Asks a yes-or-no question at the terminal. Null if there is no terminal. */
  ask: ((question: string) => Promise<boolean>) | null;
  /** The images to use; by default those of docker-compose.yml. */
  images?: StoreImages;
}

export interface Services {
  redisUrl: string;
  databaseUrl: string;
  /** The servers that this call started. */
  local: LocalService[];
  /** Stops these servers. Resolves to false if a server had to be killed. */
  stop: () => Promise<boolean>;
}

const leftoverLimitMs = 60_000;

/**
 * Starts Redis and MariaDB (or MySQL) on loopback ports, with their data under `dataDir`. Reuses the ports, accounts
 * and data of the last start. First ends servers that a killed launcher left running. The caller must hold the data
 * directory's lock.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { dataDir, say } = options;
  const needs = { redis: options.redisUrl === undefined, database: options.databaseUrl === undefined };
  const dirs = directories(dataDir);
  mkdirSync(dirs.logs, { recursive: true, mode: 0o700 });
  for (const name of await endLeftovers(dirs.pids, leftoverLimitMs))
    say(`Ended the ${name} that an earlier start had left running.`);
  const known = readKnown(dirs.known);
  const docker = await dockerToUse(options, needs, known);
  const starting =
    docker === null
      ? await startOnMachine(options, needs, known)
      : await startInContainers(options, needs, known, docker);
  const results = await Promise.allSettled(starting);
  const local = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => (await Promise.all(local.map((service) => service.stop()))).every((inTime) => inTime);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const redis = local.find((service) => service.name === 'redis');
  const database = local.find((service) => service.name !== 'redis');
  known.redis.port = redis?.port ?? known.redis.port;
  known.database.port = database?.port ?? known.database.port;
  writeKnown(dirs.known, known);
  return {
    redisUrl: options.redisUrl ?? redis?.url ?? '',
    databaseUrl: options.databaseUrl ?? database?.url ?? '',
    local,
    stop,
  };
}

/** Returns the Docker engine in which the servers should run. Null if they should run on this machine. */
async function dockerToUse(options: ServicesOptions, needs: Needs, known: Known): Promise<Docker | null> {
  const { containers, dataDir, say, signal } = options;
  if (containers === undefined || (!needs.redis && !needs.database)) return null;
  const { wanted, ask } = containers;
  const kept = keptPlace(dataDir, known);
  const situation = { wanted, kept, missing: missingServers(needs), isTerminal: ask !== null, dataDir };
  const docker = createDocker(process.env);
  const engine = dependsOnEngine(situation) ? await askEngine(docker) : { version: null, reason: '' };
  const decision = whereToRun(situation, engine);
  if ('refuse' in decision) throw new Error(decision.refuse);
  if (decision.run === 'local') return null;
  if (decision.run === 'ask') {
    const names = situation.missing.map((name) => (name === 'redis-server' ? 'Redis' : 'MySQL'));
    const question = `This machine has no ${names.join(' and no ')}. Run Redis and MySQL in Docker containers?`;
    const agreed = (await ask?.(question)) === true;
    signal?.throwIfAborted();
    if (!agreed) return null;
  }
  say(`Running them in containers (Docker ${engine.version}).`);
  return docker;
}

function keptPlace(dataDir: string, known: Known): Place | null {
  if (known.containersId !== undefined) return 'docker';
  const { redis, database } = directories(dataDir);
  return [redis, database('mariadb'), database('mysql')].some((folder) => existsSync(folder)) ? 'local' : null;
}

async function startOnMachine(options: ServicesOptions, needs: Needs, known: Known): Promise<Promise<LocalService>[]> {
  const binaries = await findOrInstall(needs, options.say);
  const starting: Promise<LocalService>[] = [];
  if (binaries.redis !== null) starting.push(startRedis(options, binaries.redis, known));
  if (binaries.database !== null) starting.push(startDatabase(options, binaries.database, known));
  return starting;
}

async function startInContainers(
  options: ServicesOptions,
  needs: Needs,
  known: Known,
  docker: Docker,
): Promise<Promise<LocalService>[]> {
  const { dataDir, say } = options;
  const images = options.containers?.images ?? storeImages;
  const dirs = directories(dataDir);
  const id = known.containersId ?? randomBytes(6).toString('hex');
  await prepareContainers({ docker, id, dataDir, images }, storesOf(needs), say);
  // Save these names and passwords before the servers write anything: without them, nobody could use the volumes again.
  known.containersId = id;
  writeKnown(dirs.known, known);
  const directory = join(dataDir, 'services');
  const serverOf = (store: 'redis' | 'mysql', { password, port }: KnownServer) => {
    const logFile = join(dirs.logs, `${store}.log`);
    const container = { docker, id, directory, logFile, pidDir: dirs.pids, dataDir, password, images };
    const recipe = store === 'redis' ? redisContainer(container) : mysqlContainer(container);
    return startLocalService(recipe, { ...options, preferredPort: port });
  };
  return storesOf(needs).map((store) => serverOf(store, store === 'redis' ? known.redis : known.database));
}

const storesOf = (needs: Needs): ('redis' | 'mysql')[] => [
  ...(needs.redis ? (['redis'] as const) : []),
  ...(needs.database ? (['mysql'] as const) : []),
];

async function startRedis(options: ServicesOptions, binary: string, known: Known): Promise<LocalService> {
  const dirs = directories(options.dataDir);
  await endServersIn(dirs.redis, basename(binary), leftoverLimitMs);
  const recipe = redisServer({
    binary,
    directory: dirs.redis,
    logFile: join(dirs.logs, 'redis.log'),
    pidDir: dirs.pids,
    password: known.redis.password,
    dieWithUs: options.forTests ?? false,
    // Enough logical databases for each test file to have its own.
    settings: options.forTests === true ? { databases: '1024' } : {},
  });
  return startLocalService(recipe, { ...options, preferredPort: known.redis.port });
}

async function startDatabase(options: ServicesOptions, binary: DatabaseBinary, known: Known): Promise<LocalService> {
  const dirs = directories(options.dataDir);
  const directory = dirs.database(binary.flavour);
  const other = dirs.database(binary.flavour === 'mariadb' ? 'mysql' : 'mariadb');
  if (!existsSync(directory) && existsSync(other)) {
    throw new Error(`The data in ${other} needs ${basename(other)}, but this machine has only ${binary.file}.`);
  }
  await endServersIn(directory, basename(binary.file), leftoverLimitMs);
  const recipe: MariaDbServerOptions = {
    binary: binary.file,
    flavour: binary.flavour,
    directory,
    logFile: join(dirs.logs, `${binary.flavour}.log`),
    pidDir: dirs.pids,
    user: 'firstcome',
    password: known.database.password,
    database: 'firstcome',
    admin: options.databaseAdmin ?? false,
    dieWithUs: options.forTests ?? false,
    settings: options.forTests === true && binary.flavour === 'mariadb' ? ['--innodb-log-file-size=24M'] : [],
  };
  await initialiseDatabase(recipe);
  return startLocalService(mariaDbServer(recipe), { ...options, preferredPort: known.database.port });
}

function directories(dataDir: string) {
  const services = join(dataDir, 'services');
  return {
    known: join(services, 'known.json'),
    pids: join(services, 'pids'),
    logs: join(dataDir, 'logs'),
    redis: join(services, 'redis'),
    database: (flavour: 'mariadb' | 'mysql') => join(services, flavour),
  };
}

/** What a start saves for later starts, so that the URLs stay the same. */
interface Known {
  redis: KnownServer;
  database: KnownServer;
  /** A part of the names of containers and volumes. */
  containersId?: string;
}

interface KnownServer {
  password: string;
  port?: number | undefined;
}

function readKnown(path: string): Known {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Known;
  const password = () => randomBytes(18).toString('base64url');
  return { redis: { password: password() }, database: { password: password() } };
}

const writeKnown = (path: string, known: Known): void =>
  writeFileAtomically(path, `${JSON.stringify(known, null, 2)}\n`);

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';
import { findOrInstall, type DatabaseBinary } from './binaries.ts';
import { type LocalService, startLocalService } from './local-service.ts';
import { initialiseDatabase, mariaDbServer, type MariaDbServerOptions } from './mariadb-server.ts';
import { endLeftovers, endServersIn } from './owned-process.ts';
import { redisServer } from './redis-server.ts';

export interface ServicesOptions {
  /** Absolute. All files of the services are under it. */
  dataDir: string;
  say: (line: string) => void;
  /** The URL of a running server; if given, none is started. */
  redisUrl?: string | undefined;
  databaseUrl?: string | undefined;
  /** Whether the database's user may create databases. Default: false. */
  databaseAdmin?: boolean;
  /** For disposable data (tests): the servers die with this process, however it ends, and use small files. */
  forTests?: boolean;
  /** Aborts a start in progress. */
  signal?: AbortSignal;
}

export interface Services {
  redisUrl: string;
  databaseUrl: string;
  /** The servers that were started here. */
  local: LocalService[];
  /** Stops these servers. Resolves to whether all ended by themselves in time. */
  stop: () => Promise<boolean>;
}

const leftoverLimitMs = 60_000;

/**
 * Starts Redis and MariaDB (or MySQL) on loopback ports, with their data under `dataDir`. Reuses the ports, accounts
 * and data of the last start, if any. First it ends what a killed launcher left. The caller holds the data directory's
 * lock.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { dataDir, say } = options;
  const needs = { redis: options.redisUrl === undefined, database: options.databaseUrl === undefined };
  const dirs = directories(dataDir);
  mkdirSync(dirs.logs, { recursive: true, mode: 0o700 });
  for (const name of await endLeftovers(dirs.pids, leftoverLimitMs))
    say(`Ended the ${name} that an earlier start had left running.`);
  const binaries = await findOrInstall(needs, say);
  const known = readKnown(dirs.known);

  const starting: Promise<LocalService>[] = [];
  if (binaries.redis !== null) starting.push(startRedis(options, binaries.redis, known));
  if (binaries.database !== null) starting.push(startDatabase(options, binaries.database, known));
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
  writeFileAtomically(dirs.known, `${JSON.stringify(known, null, 2)}\n`);
  return {
    redisUrl: options.redisUrl ?? redis?.url ?? '',
    databaseUrl: options.databaseUrl ?? database?.url ?? '',
    local,
    stop,
  };
}

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
    // Each test file may use its own logical database.
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

/** What one start hands to the next, so that URLs stay the same. */
interface Known {
  redis: { password: string; port?: number | undefined };
  database: { password: string; port?: number | undefined };
}

function readKnown(path: string): Known {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Known;
  const password = () => randomBytes(18).toString('base64url');
  return { redis: { password: password() }, database: { password: password() } };
}

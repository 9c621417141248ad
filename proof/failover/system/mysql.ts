import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createConnection } from 'mariadb';
import { migrate } from '../../../core/mysql/migrate.ts';
import { findOrInstall } from '../../../scripts/services/binaries.ts';
import { startLocalService } from '../../../scripts/services/local-service.ts';
import { initialiseDatabase, mariaDbServer } from '../../../scripts/services/mariadb-server.ts';

/** The MySQL (or MariaDB) server that all runs of a command share. */
export type MySql = AsyncDisposable & {
  readonly port: number;
  /** The versions of the Redis and MySQL servers. */
  readonly versions: { redis: string; mysql: string };
  /** Creates a database, applies the migrations and resolves to the database's URL on this machine. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
  /** Does nothing if the server is running. */
  start(): Promise<void>;
  isRunning(): boolean;
};

/** Starts a server with its files in `dir`. The server dies with this process. */
export async function startMySql(dir: string): Promise<MySql> {
  const { redis, database } = await findOrInstall({ redis: true, database: true }, (line) => console.error(line));
  if (database === null || redis === null) throw new Error('redis-server or mariadbd was not found.');
  const options = {
    binary: database.file,
    flavour: database.flavour,
    directory: join(dir, 'mysql'),
    logFile: join(dir, 'mysql.log'),
    pidDir: join(dir, 'pids'),
    user: 'firstcome',
    password: 'test',
    database: 'firstcome',
    admin: true,
    dieWithUs: true,
    settings: database.flavour === 'mariadb' ? ['--innodb-log-file-size=24M'] : [],
  };
  await initialiseDatabase(options);
  const service = await startLocalService(mariaDbServer(options), { say: (line) => console.error(line) });
  return {
    port: service.port,
    versions: { redis: versionOf(redis), mysql: versionOf(database.file) },
    createDatabase: async (name) => {
      const url = new URL(service.url);
      const connection = await createConnection({
        host: url.hostname,
        port: service.port,
        user: options.user,
        password: options.password,
        allowPublicKeyRetrieval: true,
      });
      try {
        await connection.query(`CREATE DATABASE \`${name}\``);
      } finally {
        await connection.end();
      }
      url.pathname = `/${name}`;
      await migrate({ databaseUrl: url.href });
      return url.href;
    },
    stop: async () => void (await service.stop()),
    start: () => service.start(),
    isRunning: () => service.pid() !== null,
    [Symbol.asyncDispose]: () => service.kill(),
  };
}

function versionOf(binary: string): string {
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return /(?:v=|Ver )(\S+)/.exec(text)?.[1] ?? text.trim();
}

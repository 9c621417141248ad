import { execFileSync, spawn } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createConnection } from 'mariadb';
import type { Readiness, ServiceRecipe } from './local-service.ts';
import { databaseSettings } from './store-settings.ts';

export type DatabaseFlavour = 'mariadb' | 'mysql';

export interface MariaDbServerOptions {
  binary: string;
  flavour: DatabaseFlavour;
  directory: string;
  logFile: string;
  pidDir: string;
  user: string;
  password: string;
  /** The name of the database to create for the user. */
  database: string;
  /** Whether the user may create databases and users. */
  admin: boolean;
  dieWithUs?: boolean;
  /** Additional arguments, such as `['--innodb-log-file-size=16M']`. */
  settings?: string[];
}

/** A recipe for mariadbd (or mysqld) that accepts only TCP connections on loopback. */
export function mariaDbServer(options: MariaDbServerOptions): ServiceRecipe {
  const { binary, flavour, directory, user, password, database } = options;
  const initFile = `${directory}.init.sql`;
  return {
    name: flavour,
    directory,
    logFile: options.logFile,
    pidDir: options.pidDir,
    dieWithUs: options.dieWithUs ?? false,
    prepare: (port) => {
      writeFileSync(initFile, accountSql(options), { mode: 0o600 });
      return { file: binary, args: serverArgs(options, port, initFile) };
    },
    ask: (port) => askDatabase(port, user, password),
    started: () => rmSync(initFile, { force: true }),
    urlAt: (port) => {
      // Clients of MySQL 8 encrypt the password with the server's public key. The server sends the key only to clients
      // that ask for it.
      const suffix = flavour === 'mysql' ? '?allowPublicKeyRetrieval=true' : '';
      return `mysql://${user}:${password}@127.0.0.1:${port}/${database}${suffix}`;
    },
    startLimitMs: 180_000,
    stopLimitMs: 60_000,
  };
}

/** Creates the server's system tables if they don't exist. If that is interrupted, the next start begins again. */
export async function initialiseDatabase(options: MariaDbServerOptions): Promise<void> {
  const { binary, flavour, directory, logFile } = options;
  if (existsSync(directory)) return;
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const args = [
    '--no-defaults',
    `--datadir=${draft}`,
    ...tmpArgs(directory),
    ...userArgs(),
    ...mySqlArgs(flavour),
    ...(options.settings ?? []),
  ];
  if (flavour === 'mysql') {
    execFileSync(binary, [...args, '--initialize-insecure'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } else {
    await bootstrapMariaDb(binary, args, logFile);
  }
  renameSync(draft, directory);
}

/**
 * Does the same as mariadb-install-db. That script can't be used, because it splits paths at spaces and needs programs
 * of the client package.
 */
async function bootstrapMariaDb(binary: string, args: string[], logFile: string): Promise<void> {
  const folder = sqlFolder(binary);
  const server = spawn(
    binary,
    [
      ...args,
      '--bootstrap',
      '--silent-startup',
      '--log-warnings=0',
      '--max-allowed-packet=8M',
      '--net-buffer-length=16K',
    ],
    { stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  let complaints = '';
  server.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exit = new Promise<number | null>((resolve, reject) => {
    server.once('exit', resolve);
    server.once('error', reject);
  });
  const { stdin } = server;
  // If the server fails early, it closes its input. Ignore that error, because the exit code and the output say more.
  stdin.on('error', () => undefined);
  stdin.write("CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket='root';\n");
  for (const name of ['system_tables', 'performance_tables', 'system_tables_data']) {
    for await (const line of createInterface({ input: createReadStream(sqlFile(folder, name)) })) {
      // Leave out the account for this machine's host name, as --cross-bootstrap does, because the host name may
      // change.
      if (!line.includes('@current_hostname')) stdin.write(`${line}\n`);
    }
  }
  stdin.end();
  await finished(stdin, { readable: false }).catch(() => undefined);
  const code = await exit;
  if (code !== 0) throw new Error(`${binary} could not create its system tables (exit ${code}).\n${complaints}`);
  writeFileSync(logFile, complaints, { flag: 'a', mode: 0o600 });
}

function sqlFolder(binary: string): string {
  const prefix = dirname(dirname(realpathSync(binary)));
  const folders = ['mysql', 'mariadb', ''].map((name) => join(prefix, 'share', name));
  const found = folders.find(
    (folder) => existsSync(folder) && readdirSync(folder).some((file) => isSystemTables(file)),
  );
  if (found !== undefined) return found;
  throw new Error(`None of ${folders.join(', ')} has the SQL files that create MariaDB's system tables.`);
}

const isSystemTables = (file: string) => /^(mysql|mariadb)_system_tables\.sql$/.test(file);

/** MariaDB 11 names its files mariadb_*; older versions name them mysql_*. */
function sqlFile(folder: string, name: string): string {
  const newer = join(folder, `mariadb_${name}.sql`);
  return existsSync(newer) ? newer : join(folder, `mysql_${name}.sql`);
}

function serverArgs(options: MariaDbServerOptions, port: number, initFile: string): string[] {
  const { flavour, directory } = options;
  return [
    '--no-defaults',
    `--datadir=${directory}`,
    ...tmpArgs(directory),
    ...userArgs(),
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    // Use no Unix socket, because in a deep checkout its path would exceed the limit of 107 bytes.
    '--socket=',
    ...mySqlArgs(flavour),
    `--pid-file=${directory}.pid`,
    `--init-file=${initFile}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--max-connections=200',
    '--innodb-buffer-pool-size=256M',
    ...databaseSettings,
    ...(options.settings ?? []),
  ];
}

/**
 * Each server needs its own tmpdir, because a server that starts removes all temporary tables in its tmpdir, even
 * another server's.
 */
function tmpArgs(directory: string): string[] {
  const tmpDir = `${directory}.tmp`;
  mkdirSync(tmpDir, { recursive: true, mode: 0o700 });
  return [`--tmpdir=${tmpDir}`];
}

/**
 * Without `--secure-file-priv=NULL`, MySQL on Debian and Ubuntu does not start if the folder of another package is
 * missing.
 */
function mySqlArgs(flavour: DatabaseFlavour): string[] {
  return flavour === 'mysql' ? ['--mysqlx=OFF', '--secure-file-priv=NULL'] : [];
}

/** Without this option, both servers refuse to run as root. */
function userArgs(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/**
 * The statements that create the account. --init-file requires one per line. The statements run at every start, so they
 * also repair the account.
 */
function accountSql({ user, password, database, admin }: MariaDbServerOptions): string {
  const account = `'${user}'@'127.0.0.1'`;
  return [
    `CREATE DATABASE IF NOT EXISTS \`${database}\` CHARACTER SET utf8mb4;`,
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
    `ALTER USER ${account} IDENTIFIED BY '${password}';`,
    admin
      ? `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`
      : `GRANT ALL PRIVILEGES ON \`${database}\`.* TO ${account};`,
    '',
  ].join('\n');
}

/** Checks the server by signing in as the user. */
export async function askDatabase(port: number, user: string, password: string): Promise<Readiness> {
  try {
    const connection = await createConnection({
      host: '127.0.0.1',
      port,
      user,
      password,
      connectTimeout: 2_000,
      allowPublicKeyRetrieval: true,
    });
    await connection.query('SELECT 1');
    await connection.end();
    return 'ready';
  } catch (error) {
    // Either the connection failed, or another server answered, which does not know this account.
    if (error instanceof Error && 'code' in error) return 'silent';
    throw error;
  }
}

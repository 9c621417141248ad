import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from './docker.ts';
import type { ServiceRecipe } from './local-service.ts';
import { askDatabase } from './mariadb-server.ts';
import { askRedis } from './redis-server.ts';
import { databaseSettings, redisSettings, type StoreImages } from './store-settings.ts';

export type ContainerOptions = {
  docker: Docker;
  /** A name that is unique on the engine. The names of containers and volumes include it. */
  id: string;
  directory: string;
  logFile: string;
  pidDir: string;
  dataDir: string;
  password: string;
  images: StoreImages;
};

/** The label of our containers and volumes. Its value is the data folder to which they belong. */
export const dataDirLabel = 'firstcome.data-dir';

export const containerName = (id: string, store: keyof StoreImages): string => `firstcome-${id}-${store}`;

/** A recipe for Redis in a container, with the settings and limits of docker-compose.yml. Its data is in a volume. */
export function redisContainer(options: ContainerOptions): ServiceRecipe {
  const { password } = options;
  const settings = Object.entries(redisSettings).map(([name, value]) => `--${name} ${value === '""' ? "''" : value}`);
  // The password goes through stdin, because every user of the host can read a process's arguments.
  const script = `exec redis-server ${settings.join(' ')} - <<CONFIG\nrequirepass $REDIS_PASSWORD\nCONFIG\n`;
  return containerRecipe(options, {
    store: 'redis',
    env: { REDIS_PASSWORD: password },
    port: 6379,
    data: '/data',
    limits: ['--sysctl', `net.core.somaxconn=${redisSettings['tcp-backlog']}`],
    command: ['sh', '-c', script],
    ask: (port) => askRedis(port, password),
    urlAt: (port) => `redis://default:${password}@127.0.0.1:${port}`,
    startLimitMs: 30_000,
  });
}

/** A recipe for MySQL in a container, with the settings and limits of docker-compose.yml. Its data is in a volume. */
export function mysqlContainer(options: ContainerOptions): ServiceRecipe {
  const { password } = options;
  const account = { MYSQL_DATABASE: 'firstcome', MYSQL_USER: 'firstcome', MYSQL_PASSWORD: password };
  return containerRecipe(options, {
    store: 'mysql',
    env: { ...account, MYSQL_RANDOM_ROOT_PASSWORD: 'yes', MYSQL_ROOT_HOST: 'localhost' },
    port: 3306,
    data: '/var/lib/mysql',
    limits: ['--tmpfs', '/var/run/mysqld:mode=1777'],
    command: ['mysqld', ...databaseSettings, '--sync-binlog=1'],
    ask: (port) => askDatabase(port, 'firstcome', password),
    urlAt: (port) => `mysql://firstcome:${password}@127.0.0.1:${port}/firstcome?allowPublicKeyRetrieval=true`,
    startLimitMs: 180_000,
  });
}

type Store = Pick<ServiceRecipe, 'ask' | 'urlAt' | 'startLimitMs'> & {
  store: keyof StoreImages;
  env: Record<string, string>;
  port: number;
  /** The path in the container at which the volume is mounted. */
  data: string;
  limits: string[];
  command: string[];
};

/**
 * The launcher's child process is `docker run`, which forwards SIGTERM to the server and ends when the server does. If
 * `docker run` is killed, the container keeps running until `clear` ends it.
 */
function containerRecipe(
  options: ContainerOptions,
  { store, env, port, data, limits, command, ...rest }: Store,
): ServiceRecipe {
  const { docker, id, directory, logFile, pidDir, dataDir, images } = options;
  const name = containerName(id, store);
  const envFile = join(directory, `${store}.env`);
  return {
    ...rest,
    name: store,
    ...{ directory, logFile, pidDir, dieWithUs: false, stopLimitMs: 60_000 },
    env: docker.env,
    prepare: (hostPort) => {
      // The variables are in a file, because every user of the machine can read a process's arguments.
      const lines = Object.entries(env).map(([variable, value]) => `${variable}=${value}\n`);
      writeFileSync(envFile, lines.join(''), { mode: 0o600 });
      const published = ['--publish', `127.0.0.1:${hostPort}:${port}`];
      const hardened = ['--user', '999:999', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--read-only'];
      const labelled = ['--name', name, '--label', `${dataDirLabel}=${dataDir}`];
      const files = ['--env-file', envFile, '--volume', `${name}:${data}`, '--tmpfs', '/tmp'];
      const image = ['--pull', 'never', images[store]];
      const args = ['run', '--rm', ...labelled, ...hardened, ...files, ...published, ...limits, ...image, ...command];
      return { file: 'docker', args };
    },
    started: () => rmSync(envFile, { force: true }),
    clear: async () => {
      // Stop the server before removing its container, because it may be in the middle of a write.
      await docker.attempt(['stop', '--time', '60', name]);
      await docker.attempt(['rm', '--force', name]);
    },
  };
}

/** Pulls missing images and creates the volumes. If that fails, throws an error that says what to do. */
export async function prepareContainers(
  { docker, id, dataDir, images }: Pick<ContainerOptions, 'docker' | 'id' | 'dataDir' | 'images'>,
  stores: readonly (keyof StoreImages)[],
  say: (line: string) => void,
): Promise<void> {
  for (const store of stores) {
    const image = images[store];
    if ((await docker.attempt(['image', 'inspect', image])).code !== 0) {
      say(`Downloading the image ${image} (once).`);
      const { code, stderr } = await docker.attempt(['pull', '--quiet', image]);
      if (code !== 0) {
        throw new Error(
          `Docker could not download ${image}: ${stderr.trim().split('\n').at(-1)}\nCheck the network, or load the image ` +
            'with docker load, and run the same command again.',
        );
      }
    }
    await docker.run(['volume', 'create', '--label', `${dataDirLabel}=${dataDir}`, containerName(id, store)]);
  }
}

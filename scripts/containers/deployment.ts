import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../services/free-port.ts';
import { waitUntil } from '../waiting/wait-until.ts';
import type { Docker, DockerResult } from '../services/docker.ts';
import type { BaseImages } from './base-images.ts';
import type { BuildSecrets } from './image.ts';

export const services = ['api', 'worker', 'redis', 'mysql'] as const;
export type ServiceName = (typeof services)[number];

/** What `docker inspect` reports about a container. */
export type ContainerFacts = {
  id: string;
  pid: number;
  restarts: number;
  startedAtMs: number;
  finishedAtMs: number;
  health: string;
  readOnlyRoot: boolean;
  capabilities: string[];
};

/**
 * Runs docker-compose.yml under a separate project name. Two things differ from that file: base images may be replaced
 * by stand-ins, and the stores' ports are also published on loopback.
 */
export type Deployment = {
  /** Environment variables with which `npm run flash-sale` reaches this system. */
  systemEnv: Record<string, string>;
  url: string;
  build(secrets: BuildSecrets): Promise<void>;
  /** Creates and starts containers of `image`: of all services, or only of those in `only`. */
  up(image: string, only?: string[]): Promise<void>;
  compose(args: readonly string[], env?: Record<string, string>): Promise<string>;
  facts(service: ServiceName): Promise<ContainerFacts>;
  /** Waits until all services are healthy. */
  healthy(signal: AbortSignal): Promise<void>;
  logs(): Promise<string>;
  down(): Promise<DockerResult>;
};

const healthyLimitMs = 180_000;

export type DeploymentOptions = {
  root: string;
  workDir: string;
  project: string;
  /** Our image. */
  image: string;
  images: BaseImages;
  /** If this aborts, all running work stops. `down` and `logs` still work afterwards. */
  signal: AbortSignal;
};

export async function createDeployment(
  docker: Docker,
  { root, workDir, project, image, images, signal }: DeploymentOptions,
): Promise<Deployment> {
  const ports = {
    api: await findFreePort('127.0.0.1'),
    redis: await findFreePort('127.0.0.1'),
    mysql: await findFreePort('127.0.0.1'),
  };
  const password = (): string => randomBytes(24).toString('hex');
  const secrets = { MYSQL_PASSWORD: password(), REDIS_PASSWORD: password(), AUTH_SECRET: password() };
  const override = join(workDir, 'compose.override.yml');
  mkdirSync(workDir, { recursive: true });
  const store = (service: 'redis' | 'mysql', port: number) =>
    `  ${service}:\n    image: ${images[service]}\n    ports: ['127.0.0.1:${ports[service]}:${port}']\n`;
  const ours = ['migrate', 'api', 'worker'].map(
    (service) => `  ${service}:\n    build:\n      args: { NODE_IMAGE: '${images.node}' }\n`,
  );
  writeFileSync(override, `services:\n${store('redis', 6379)}${store('mysql', 3306)}${ours.join('')}`);
  const args = ['compose', '--project-name', project, '--project-directory', root];
  const files = ['--env-file', '/dev/null', '--file', join(root, 'docker-compose.yml'), '--file', override];
  const base: Record<string, string> = { ...secrets, PORT: String(ports.api), FIRSTCOME_IMAGE: image };
  const working = docker.until(signal);
  const compose = (rest: readonly string[], env: Record<string, string> = {}) =>
    working.run([...args, ...files, ...rest], { env: { ...base, ...env } });
  const idOf = async (service: string) => (await compose(['ps', '--all', '--quiet', service])).split('\n')[0] ?? '';
  const facts = async (service: ServiceName) => inspectContainer(working, await idOf(service));
  return {
    url: `http://127.0.0.1:${ports.api}`,
    systemEnv: {
      HOST: '127.0.0.1',
      PORT: String(ports.api),
      OPS_PORT: '',
      AUTH_SECRET: secrets.AUTH_SECRET,
      REDIS_URL: `redis://:${secrets.REDIS_PASSWORD}@127.0.0.1:${ports.redis}`,
      DATABASE_URL: `mysql://firstcome:${secrets.MYSQL_PASSWORD}@127.0.0.1:${ports.mysql}/firstcome?allowPublicKeyRetrieval=true`,
    },
    compose,
    build: async ({ npmrc, ca }) => {
      await compose(['--progress', 'plain', 'build'], { NPMRC: npmrc ?? '/dev/null', NPM_CA: ca ?? '/dev/null' });
    },
    up: async (from, only = []) => {
      // To the API, every caller has the address of the network's gateway. The API must trust the gateway as a proxy,
      // because otherwise its limit on connections would count all callers as one.
      const gateway = await gatewayOf(working, `${project}_default`);
      if (gateway !== null) base['TRUSTED_PROXIES'] = gateway;
      base['FIRSTCOME_IMAGE'] = from;
      const deps = only.length > 0 ? ['--no-deps'] : [];
      await compose(['up', '--detach', '--no-build', ...deps, ...only]);
    },
    facts,
    healthy: async (signal) => {
      await waitUntil(
        async () => (await Promise.all(services.map(facts))).every(({ health }) => health === 'healthy'),
        { limitMs: healthyLimitMs, everyMs: 250, signal, late: () => 'Not all containers became healthy.' },
      );
    },
    logs: () => docker.run([...args, ...files, 'logs', '--no-color', '--tail', '15'], { env: { ...base } }),
    down: () => docker.attempt([...args, ...files, 'down', '--volumes', '--timeout', '30'], { env: { ...base } }),
  };
}

async function gatewayOf(docker: Docker, network: string): Promise<string | null> {
  const { code, stdout } = await docker.attempt([
    'network',
    'inspect',
    network,
    '--format',
    '{{(index .IPAM.Config 0).Gateway}}',
  ]);
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}

type Inspected = {
  Id: string;
  RestartCount: number;
  State: { Pid: number; StartedAt: string; FinishedAt: string; Health?: { Status: string } };
  HostConfig: { ReadonlyRootfs: boolean; CapDrop: string[] | null };
};

async function inspectContainer(docker: Docker, id: string): Promise<ContainerFacts> {
  const [container] = JSON.parse(await docker.run(['inspect', id])) as Inspected[];
  if (container === undefined) throw new Error(`There is no container ${id}.`);
  const { State, HostConfig } = container;
  return {
    id: container.Id,
    pid: State.Pid,
    restarts: container.RestartCount,
    startedAtMs: Date.parse(State.StartedAt),
    finishedAtMs: Date.parse(State.FinishedAt),
    health: State.Health?.Status ?? 'none',
    readOnlyRoot: HostConfig.ReadonlyRootfs,
    capabilities: HostConfig.CapDrop ?? [],
  };
}

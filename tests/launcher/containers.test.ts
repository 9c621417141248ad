import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../support/processes.ts';

interface Service {
  image: string;
  command: string[];
  restart: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };

// There is no Docker engine where these tests run: what is checked is the syntax, and that the parts fit.
it('docker-compose.yml migrates once, when MySQL is there, before API and worker', () => {
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

it('docker-compose.yml runs Redis so that it keeps what it answered and evicts nothing', () => {
  const command = services['redis']?.command.join(' ');
  expect(command).toContain('--appendonly yes --appendfsync always --no-appendfsync-on-rewrite no');
  expect(command).toContain('--maxmemory-policy noeviction');
});

it('docker-compose.yml runs files that exist, with an address that MySQL 8 accepts', () => {
  for (const name of ['migrate', 'api', 'worker']) {
    const { command = [], environment = {} } = services[name] ?? {};
    expect(() => read(command[1] ?? '')).not.toThrow();
    expect(environment['DATABASE_URL']).toContain('allowPublicKeyRetrieval=true');
    expect(environment['NODE_ENV']).toBe('production');
  }
});

it('docker-compose.yml passes on what an operator sets', () => {
  // Where the container has its own, or what no production has.
  const fixed = ['NODE_ENV', 'DATABASE_URL', 'REDIS_URL', 'HOST', 'PORT', 'FIRSTCOME_DEMO', 'FIRSTCOME_UNSAFE'];
  const known = [...read('core/env.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
  const passed = services['api']?.environment ?? {};
  for (const name of known.filter((each) => !fixed.includes(each))) {
    expect({ name, passed: passed[name] }).toEqual({ name, passed: expect.stringContaining(`\${${name}:`) as unknown });
  }
});

it('the image copies what exists', () => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' '),
  );
  expect(copied).toContain('package-lock.json');
  for (const path of copied.filter((from) => /\.\w+$/.test(from))) expect(() => read(path)).not.toThrow();
});

it('.env.example lists every variable, and no other', () => {
  const listed = [...read('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
  const known = [...read('core/env.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual([...known, 'FIRSTCOME_DATA_DIR'].toSorted());
});

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { root, startCommand, type TestProcess } from '../support/processes.ts';
import { createTestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';
import { launch, newDataDir, readRunFile } from './launch.ts';

vi.setConfig({ testTimeout: 120_000 });

const secret = 'the secret of a system in production, long enough';
const token = /eyJ[\w-]+\.[\w-]+/;

it('npm start prints no token in production, neither on the terminal nor in its logs', async () => {
  await using stores = await createTestStores();
  const env = { NODE_ENV: 'production', AUTH_SECRET: secret, ...urls(stores) };
  await using launched = await launch({ env });
  await launched.ready();
  expect(launched.process.output()).not.toMatch(token);
  expect(launched.process.output()).toContain('token mint --sub <your name> --role admin');
  for (const name of ['api', 'worker']) {
    expect(readFileSync(join(launched.dataDir, 'logs', `${name}.log`), 'utf8')).not.toMatch(token);
  }
});

it('a system that has run for longer than its tokens are valid still serves the CLI, and creates demo visitors on loopback', async () => {
  await using stores = await createTestStores();
  const dataDir = newDataDir();
  const env = { FIRSTCOME_DATA_DIR: dataDir, PORT: '0', ROLE_TOKEN_MAX_SECONDS: '4', ...strict, ...urls(stores) };
  await using system = await startCommand(process.execPath, ['scripts/start.mjs'], env);
  const run = await ready(system, dataDir);
  expect(await visitorAt(run.url)).toBe(200);

  const first = run.token.value;
  expect(system.output()).toContain(first);
  await waitFor(async () => (await whoami(run.url, first)) === 401, { what: 'the first token to expire' });
  expect(await whoami(run.url, readRunFile(join(dataDir, 'run.json')).token.value)).toBe(200);

  const cli = promisify(execFile)('node', [join(root, 'admin-cli/bin.js'), 'event', 'list', '--json'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], FIRSTCOME_DATA_DIR: dataDir },
  });
  expect(JSON.parse((await cli).stdout)).toEqual([]);
});

it('a system that other machines can reach creates demo visitors only if FIRSTCOME_DEMO=1', async () => {
  await using stores = await createTestStores();
  for (const [over, status] of [
    [{ HOST: '0.0.0.0' }, 404],
    [{ HOST: '0.0.0.0', FIRSTCOME_DEMO: '1' }, 200],
    [{ FIRSTCOME_DEMO: '0' }, 404],
    [{ OPS_PORT: '0', OPS_HOST: '0.0.0.0' }, 404],
  ] as const) {
    const dataDir = newDataDir();
    const env = { FIRSTCOME_DATA_DIR: dataDir, PORT: '0', ...urls(stores), ...over };
    await using system = await startCommand(process.execPath, ['scripts/start.mjs'], env);
    const { url } = await ready(system, dataDir);
    expect([over, await visitorAt(url)]).toEqual([over, status]);
  }
});

const strict = { AUTH_SECRET_ISSUER: 'https://login.shop.example', AUTH_SECRET_AUDIENCE: 'firstcome' };

const urls = ({ redisUrl, databaseUrl }: { redisUrl: string; databaseUrl: string }) => ({
  REDIS_URL: redisUrl,
  DATABASE_URL: databaseUrl,
});

async function ready(system: TestProcess, dataDir: string) {
  await system.outputMatching(/Firstcome is ready/, 90_000);
  return readRunFile(join(dataDir, 'run.json'));
}

async function whoami(url: string, bearer: string): Promise<number> {
  return (await fetch(`${url}/trpc/admin.whoami`, { headers: { authorization: `Bearer ${bearer}` } })).status;
}

/** The status of a call with a demo visitor's token. If the API refuses to make a token, the status of the refusal. */
async function visitorAt(url: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/demo/token`, { method: 'POST', headers, body: '{"visitor":"kim"}' });
  if (!response.ok) return response.status;
  const { token: bearer } = (await response.json()) as { token: string };
  return (await fetch(`${url}/trpc/claim.list`, { headers: { authorization: `Bearer ${bearer}` } })).status;
}

import { expect, it } from 'vitest';
import { type ApiProcess, startApi } from '../support/system.ts';
import { useMariaDbServer, useRedisServer } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const redis = useRedisServer();
const mysql = useMariaDbServer();

async function ask(api: ApiProcess, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${api.url}${path}`);
  return { status: response.status, body: await response.json() };
}
const stateOf = (ok: boolean, detail: string) => ({
  ready: ok,
  checks: [{ name: 'process', ok, required: true, detail }],
});

it('the path for probes answers 200 once the process has reached Redis, and still does if both stores hang', async () => {
  redis.pause();
  await using api = await startApi({ redisUrl: redis.url, databaseUrl: mysql.url });
  expect(await ask(api, '/readyz/process')).toEqual({
    status: 503,
    body: stateOf(false, 'has not reached Redis since it started'),
  });

  redis.resume();
  const status = async (path: string) => (await ask(api, path)).status;
  await waitFor(async () => (await status('/readyz/process')) === 200, { what: 'a green probe' });
  expect(await ask(api, '/readyz/process')).toEqual({ status: 200, body: stateOf(true, 'runs') });

  for (const server of [redis, mysql]) server.pause();
  await waitFor(async () => (await status('/readyz')) === 503, { what: 'a red /readyz' });
  expect(await status('/readyz/process')).toBe(200);
  for (const server of [redis, mysql]) server.resume();
});

import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../core/readiness/health.ts';
import { createProcessReadiness } from '../../core/readiness/readiness.ts';
import { openTestApi, type TestApi } from './test-server.ts';

const check = (name: string, over: Partial<HealthCheck> = {}): HealthCheck => ({
  ...{ name, ok: true, required: false, detail: '' },
  ...over,
});

async function readyz(api: TestApi): Promise<{ status: number; ready: boolean; checks: HealthCheck[] }> {
  const response = await fetch(`${api.url}/readyz`);
  return { status: response.status, ...((await response.json()) as { ready: boolean; checks: HealthCheck[] }) };
}

describe('/readyz', () => {
  it('is green, and lists every check, even if one that is not required fails', async () => {
    const checks = [check('redis', { required: true }), check('mysql', { ok: false, detail: 'down' })];
    await using api = await openTestApi({ health: { check: () => Promise.resolve(checks) } });
    expect(await readyz(api)).toEqual({ status: 200, ready: true, checks });
  });

  it('is red if a required check fails', async () => {
    const checks = [check('redis', { required: true, ok: false, detail: 'gone' })];
    await using api = await openTestApi({ health: { check: () => Promise.resolve(checks) } });
    expect(await readyz(api)).toEqual({ status: 503, ready: false, checks });
  });

  it('is red if the checks hang or throw, and runs the checks once for all callers', async () => {
    let asked = 0;
    const health = {
      check: () => {
        asked += 1;
        return new Promise<HealthCheck[]>(() => undefined);
      },
    };
    await using api = await openTestApi({ health });
    const answers = await Promise.all([readyz(api), readyz(api), readyz(api)]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers[0]?.checks).toEqual([
      check('health', { ok: false, required: true, detail: expect.any(String) as string }),
    ]);
    expect(asked).toBe(1);
    await using broken = await openTestApi({ health: { check: () => Promise.reject(new Error('secret')) } });
    expect(await readyz(broken)).toMatchObject({
      status: 503,
      checks: [{ name: 'health', detail: 'could not be checked' }],
    });
  });
});

describe('/readyz/process', () => {
  it('runs no checks, and turns red only when the process stops', async () => {
    let asked = 0;
    const health = { check: () => ((asked += 1), Promise.reject(new Error('down'))) };
    const readiness = { reached: false, closing: false };
    const read = createProcessReadiness(
      () => readiness.reached,
      () => readiness.closing,
    );
    expect(read()).toMatchObject({ ready: false });
    readiness.reached = true;
    expect(read()).toMatchObject({ ready: true });
    readiness.reached = false;
    expect(read()).toMatchObject({ ready: true });
    readiness.closing = true;
    expect(read()).toMatchObject({ ready: false, checks: [{ name: 'process', detail: 'is shutting down' }] });

    await using api = await openTestApi({ health });
    const response = await fetch(`${api.url}/readyz/process`);
    expect({ status: response.status, asked }).toEqual({ status: 200, asked: 0 });
  });

  it('reports only whether the process is ready on a port for the public', async () => {
    await using api = await openTestApi({ exposure: 'public' });
    const response = await fetch(`${api.url}/readyz/process`);
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { ready: true } });
  });
});

it('/livez only reports that the process is running', async () => {
  await using api = await openTestApi({ health: { check: () => Promise.reject(new Error('down')) } });
  const response = await fetch(`${api.url}/livez`);
  expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { alive: true } });
});

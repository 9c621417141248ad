import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTokenMint } from '../../core/access/mint-token.ts';
import type { LoadResult } from '../../load/runner/load-result.ts';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { callerAt } from '../api/call.ts';
import { isAlive, root, startProcess, type TestProcess } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { createTestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Artillery takes 450 MB, so this test runs only if Artillery is installed or the test is requested. hooks.test.ts
 * tests the hooks without Artillery.
 */
const hasArtillery =
  existsSync(join(root, 'load', 'node_modules', 'artillery')) || process.env['FIRSTCOME_TEST_LOAD'] === '1';
const installLimitMs = 300_000;

const closing = new AsyncDisposableStack();
afterAll(() => closing.disposeAsync());

let env: Record<string, string>;
let dataDir: string;

beforeAll(async () => {
  if (!hasArtillery) return;
  const stores = closing.use(await createTestStores());
  const port = await findFreePort('127.0.0.1');
  dataDir = makeTestDir(inject('runDir'), 'load');
  env = {
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    AUTH_SECRET: randomBytes(32).toString('hex'),
    HOST: '127.0.0.1',
    PORT: String(port),
    FIRSTCOME_UNSAFE: '1',
    FIRSTCOME_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
  };
  const api = closing.use(await startProcess({ script: 'api/main.ts', env }));
  closing.use(await startProcess({ script: 'worker/main.ts', env }));
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok || !api.isRunning(), {
    what: 'the API',
    limitMs: 30_000,
  });
});

const load = (...args: string[]): Promise<TestProcess> => startProcess({ script: 'load/main.ts', args, env });

const resultOf = (run: TestProcess): LoadResult =>
  JSON.parse(run.output().slice(run.output().indexOf('\n{\n'))) as LoadResult;

describe('npm run load', () => {
  it('reports wrong arguments, and exits 2, before it installs or starts anything', async () => {
    await using run = await startProcess({ script: 'load/main.ts', args: ['speed'] });
    expect(await run.ended).toMatchObject({ code: 2 });
    expect(run.output()).toContain('Allowed choices are ramp-up, stress, endurance.\nSee: npm run load -- --help\n');
  });
});

describe.runIf(hasArtillery)('npm run load, with Artillery', { timeout: installLimitMs }, () => {
  it('starts users, checks their answers against Redis and MySQL, and exits 0', async () => {
    // These limits are generous, because response times and Artillery's pace depend on the machine.
    await using run = await load('endurance', '--duration', '3s', '--rate', '40', '--p99', '60000', '--json');
    const { code } = await run.ended;
    const result = resultOf(run);
    expect(result.events.flatMap(({ promises }) => promises)).toMatchObject(
      ['exact', 'stored', 'on_time', 'fair'].map((promise) => ({ promise, verdict: 'held', findings: [] })),
    );
    expect(result.events).toMatchObject([{ stock: 60, issued: 60, persisted: 60 }]);
    expect(result.spans).toMatchObject([{ name: 'minute 1', figures: { issued: 60, failed: 0 } }]);
    expect(result.spans[0]?.figures.refused).toBeGreaterThan(0);
    expect(result.missed.filter((why) => !why.includes('Artillery started only'))).toEqual([]);
    expect(code).toBe(result.missed.length === 0 ? 0 : 1);

    // The load has closed the event, so that the event is soon retired. The load has also removed the answers, but
    // Artillery's reports stay.
    const admin = createTokenMint(env['AUTH_SECRET'] ?? '')({ sub: 'test', role: 'viewer' }, 60_000, Date.now());
    const eventId = result.events[0]?.eventId;
    const { data } = await callerAt(`http://127.0.0.1:${env['PORT']}`, admin).query('admin.event.get', { eventId });
    expect(data).toMatchObject({ phase: 'closed', strategy: 'redis-stream', listed: false });
    const files = readdirSync(result.dir, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['endurance.json', 'endurance.log']));
    expect(files.filter((file) => file.endsWith('.jsonl'))).toEqual([]);
  });

  it('reports that the unsafe strategy oversells, and exits 3', async () => {
    const args = ['--duration', '3s', '--rate', '300', '--stock', '400', '--strategy', 'unsafe', '--json'];
    await using run = await load('endurance', ...args);
    const { code } = await run.ended;
    const result = resultOf(run);
    expect(result.verdict).toBe('broken');
    expect(result.events[0]?.promises[0]).toMatchObject({ promise: 'exact', verdict: 'broken' });
    expect(readdirSync(join(result.dir, 'answers', 'endurance'))).not.toEqual([]);
    expect(code).toBe(3);
  });

  it('stops Artillery when it is stopped itself', async () => {
    await using run = await load('endurance', '--duration', '10m', '--rate', '5');
    const started = (): number[] =>
      readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
        .filter((path) => /pids.endurance\.json$/.test(path))
        .map((path) => (JSON.parse(readFileSync(join(dataDir, path), 'utf8')) as { pid: number }).pid);
    const [pid = 0] = await waitFor(() => (started().length > 0 ? started() : null), {
      what: 'Artillery',
      limitMs: 30_000,
    });
    run.signal('SIGINT');
    expect(await run.ended).toMatchObject({ code: 1 });
    expect(run.output()).toContain('SIGINT: stopping the load.');
    expect(isAlive(pid)).toBe(false);
  });
});

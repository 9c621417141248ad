import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findFreePort } from '../../../scripts/services/free-port.ts';
import { startProcess, type TestProcess } from '../../support/processes.ts';
import { makeTestDir } from '../../support/run-dir.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestRedis } from '../../support/test-redis.ts';
import { waitFor } from '../../support/wait-for.ts';

const closing = new AsyncDisposableStack();
afterAll(() => closing.disposeAsync());

let env: Record<string, string>;

beforeAll(async () => {
  const database = closing.use(await createTestDatabase());
  const redis = closing.use(await createTestRedis());
  const port = await findFreePort('127.0.0.1');
  env = {
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: redis.redisUrl,
    AUTH_SECRET: randomBytes(32).toString('hex'),
    HOST: '127.0.0.1',
    PORT: String(port),
    FIRSTCOME_UNSAFE: '1',
    FIRSTCOME_DATA_DIR: makeTestDir(inject('runDir'), 'flash-sale'),
    LOG_LEVEL: 'warn',
  };
  const api = closing.use(await startProcess({ script: 'api/main.ts', env }));
  closing.use(await startProcess({ script: 'worker/main.ts', env }));
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok || !api.isRunning(), {
    what: 'the API',
    limitMs: 30_000,
  });
});

const holdSale = (...args: string[]): Promise<TestProcess> =>
  startProcess({ script: 'proof/flash-sale.ts', args, env });

type Sale = {
  verdict: string;
  issued: number;
  persisted: number;
  promises: { promise: string; verdict: string; findings: { kind: string }[] }[];
};

const resultOf = (sale: TestProcess): Sale => JSON.parse(sale.output().slice(sale.output().indexOf('\n{\n'))) as Sale;

describe('npm run flash-sale', { timeout: 90_000 }, () => {
  it('sells 50 coupons to 500 users, proves all promises, and exits 0', async () => {
    await using sale = await holdSale('--users', '500', '--stock', '50', '--seed', '1', '--json');
    const { code } = await sale.ended;
    const result = resultOf(sale);
    expect(result.promises.map(({ promise, verdict }) => `${promise} ${verdict}`)).toEqual([
      'exact held',
      'stored held',
      'on_time held',
      'fair held',
    ]);
    expect(result).toMatchObject({ verdict: 'held', issued: 50, persisted: 50 });
    expect(code).toBe(0);
  });

  it('reports that the unsafe strategy oversells, and exits 3', async () => {
    await using sale = await holdSale(
      '--users',
      '500',
      '--stock',
      '50',
      '--strategy',
      'unsafe',
      '--seed',
      '1',
      '--json',
    );
    const { code } = await sale.ended;
    const [exact] = resultOf(sale).promises;
    expect(exact).toMatchObject({ promise: 'exact', verdict: 'broken' });
    expect(exact?.findings.map(({ kind }) => kind)).toContain('told_twice');
    expect(code).toBe(3);
  });

  it('reports wrong arguments, and exits 2', async () => {
    await using sale = await holdSale('--users', 'many');
    const { code } = await sale.ended;
    expect(sale.output()).toContain(
      'It must be a whole number from 1 to 1000000.\nSee: npm run flash-sale -- --help\n',
    );
    expect(code).toBe(2);
  });

  it('exits 1 if nothing can be judged', async () => {
    await using sale = await startProcess({
      script: 'proof/flash-sale.ts',
      args: ['--users', '10', '--strategy', 'unsafe'],
      // The sale signs its tokens with a key that is not the API's, so the API rejects every call.
      env: { ...env, AUTH_SECRET: randomBytes(32).toString('hex') },
    });
    const { code } = await sale.ended;
    expect(sale.output()).toContain('Error: ');
    expect(code).toBe(1);
  });
});

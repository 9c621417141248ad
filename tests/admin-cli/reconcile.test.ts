import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventJson } from '../../admin-cli/event-json.ts';
import { openPlatformDoor } from '../../admin-cli/open-platform-door.ts';
import { Fault } from '../../core/runtime/fault.ts';
import type { Reconciled } from '../../core/reconcile/report.ts';
import { openRedis } from '../../core/redis/open-redis.ts';
import { createLog } from '../../core/runtime/log.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { anEvent, createMemoryAdmin } from './support/memory-admin.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';

const drifted: Reconciled = {
  ...{
    eventId: 'autumn-sale',
    round: 2,
    issued: 1_200,
    persisted: 1_190,
    pending: 5,
    reserved: 4,
    repaired: 3,
    verdict: 'drift',
  },
  findings: [
    {
      kind: 'missing_in_db',
      count: 12,
      examples: [{ serial: 7, userId: 'kim\u001b', detail: 'among the winners, neither in MySQL nor in the outbox' }],
    },
    { kind: 'serial_gap', count: 1, examples: [{ serial: 9, userId: null, detail: 'nobody has serial 9' }] },
  ],
  advice: ['serial_gap: decide.'],
};

function run(line: string, found: Reconciled | Fault, options: RunOptions = {}) {
  const asked: unknown[] = [];
  const admin = {
    ...createMemoryAdmin([anEvent()]),
    reconcile: (...args: unknown[]) => {
      asked.push(args.slice(0, 2));
      (args[2] as (progress: object) => void)({ step: 'claims in MySQL', done: 500, of: 1_200 });
      return found instanceof Fault ? Promise.reject(found) : Promise.resolve(found);
    },
  };
  return runCli(line.split(' '), { ...options, admin }).then((ran) => ({ ...ran, asked }));
}

describe('reconcile', () => {
  it('ends with 0 when nothing is left to mend, and with 3 when something is', async () => {
    const clean: Reconciled = { ...drifted, findings: [], advice: [], verdict: 'clean' };
    expect((await run('reconcile autumn-sale --repair', clean)).code).toBe(0);
    expect((await run('reconcile autumn-sale', drifted)).code).toBe(3);
    expect((await run('reconcile autumn-sale --repair', drifted)).code).toBe(3);
  });

  it('ends with 1 for a fault and with 2 for a usage error', async () => {
    const fault = await run('reconcile autumn-sale', new Fault('unavailable', 'MySQL is away.'));
    expect(fault).toMatchObject({ code: 1, stdout: '' });
    expect(fault.stderr).toContain('MySQL is away.');
    expect((await run('reconcile', drifted)).code).toBe(2);
    expect((await run('reconcile autumn-sale --mend', drifted)).code).toBe(2);
  });

  it('asks for a repair only when told to, and says who asks', async () => {
    const actor = { name: 'kim@desk', role: null, door: 'cli' };
    expect((await run('reconcile autumn-sale', drifted)).asked).toEqual([
      [{ eventId: 'autumn-sale', repair: false }, actor],
    ]);
    const line = 'reconcile autumn-sale --repair --actor lee --reason outage';
    expect((await run(line, drifted)).asked).toEqual([
      [
        { eventId: 'autumn-sale', repair: true },
        { ...actor, name: 'lee', reason: 'outage' },
      ],
    ]);
  });

  it('prints data only with --json', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale --json', drifted);
    expect({ found: JSON.parse(stdout) as unknown, stderr }).toEqual({ found: drifted, stderr: '' });
  });

  it('prints lines for a pipe', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale', drifted);
    expect(stderr).toBe('');
    expect(stdout).toMatchSnapshot();
  });

  it('prints for a person at a terminal, who sees how far it is', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale', drifted, { terminal: { answers: [] } });
    expect(stdout).toMatchSnapshot();
    expect(stderr).toBe('\r\u001b[Kclaims in MySQL: 500 of 1,200\r\u001b[K');
  });
});

describe('reconcile on real stores', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it('finds a lost gate, repairs it, and finds nothing more', async () => {
    const cli = (...argv: string[]) =>
      runCli(argv, {
        env: { DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl },
        openDoor: openPlatformDoor,
      });
    const sale = ['--name', 'Sale', '--amount', '1', '--stock', '5', '--opens-at', 'now'];
    const { id } = JSON.parse((await cli('event', 'create', ...sale, '--json')).stdout) as EventJson;
    expect(await cli('reconcile', id, '--reason', 'before the sale')).toMatchObject({ code: 0, stderr: '' });
    const looks = await cli('audit', 'list', '--event', id, '--action', 'event.reconcile', '--json');
    const look = { actor: 'kim@desk', door: 'cli', reason: 'before the sale', after: { verdict: 'clean', found: [] } };
    expect(JSON.parse(looks.stdout)).toMatchObject([look]);
    const redis = openRedis(stores.redisUrl, 'test', createLog('api', 'silent'));
    await redis.waitForReady(2_000);
    await redis.client.del(roundKeys(id, 1).gate);
    await redis.close();
    const lost = await cli('reconcile', id, '--json');
    expect(lost.code).toBe(3);
    expect(JSON.parse(lost.stdout)).toMatchObject({ findings: [{ kind: 'config_drift', count: 1 }], verdict: 'drift' });
    const repaired = await cli('reconcile', id, '--repair', '--json');
    expect(repaired.code).toBe(0);
    expect(JSON.parse(repaired.stdout)).toMatchObject({ findings: [], repaired: 1, verdict: 'clean' });
    expect(JSON.parse((await cli('event', 'show', id, '--json')).stdout)).toMatchObject({ paused: true, seeded: true });
  });

  const noMySql = { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/nothing' };
  const noRedis = { REDIS_URL: 'redis://127.0.0.1:1' };
  it.each<[string, Record<string, string>, string[]]>([
    ['both stores are', { ...noMySql, ...noRedis }, ['MySQL is not answering.', 'Redis is unreachable.']],
    ['MySQL is', noMySql, ['MySQL is not answering.']],
    ['Redis is', noRedis, ['Redis is unreachable.']],
  ])('says so when %s unreachable, and changes nothing', async (_what, away, says) => {
    const there = { DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl };
    const cli = (env: Record<string, string>, ...argv: string[]) => runCli(argv, { env, openDoor: openPlatformDoor });
    const sale = ['--name', 'Sale', '--amount', '1', '--stock', '5', '--opens-at', 'now', '--json'];
    const { id } = JSON.parse((await cli(there, 'event', 'create', ...sale)).stdout) as EventJson;
    const redis = openRedis(stores.redisUrl, 'test', createLog('api', 'silent'));
    await redis.waitForReady(2_000);
    // There would be something to repair.
    await redis.client.hset(roundKeys(id, 1).gate, 'stock', '4');
    const gate = await redis.client.hgetall(roundKeys(id, 1).gate);
    const {
      serverTime: _then,
      readiness: _before,
      ...shown
    } = JSON.parse((await cli(there, 'event', 'show', id, '--json')).stdout) as EventJson;
    for (const [repair, then] of [
      [[], 'could not be reconciled. |Nothing was changed; try again.'],
      [['--repair'], 'could not be repaired. |repair again, it is safe.'],
    ] as const) {
      const { code, stdout, stderr } = await cli({ ...there, ...away }, 'reconcile', id, ...repair);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      for (const text of [...says, ...then.split('|')]) expect(stderr).toContain(text);
    }
    expect(await redis.client.hgetall(roundKeys(id, 1).gate)).toEqual(gate);
    const {
      serverTime: _now,
      readiness: _after,
      ...after
    } = JSON.parse((await cli(there, 'event', 'show', id, '--json')).stdout) as EventJson;
    expect(after).toEqual(shown);
    await redis.close();
  });

  it('knows no event that is none', async () => {
    const env = { DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl };
    expect(await runCli(['reconcile', 'nowhere'], { env, openDoor: openPlatformDoor })).toMatchObject({ code: 1 });
  });
});

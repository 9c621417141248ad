import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventJson } from '../../admin-cli/event-json.ts';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import type { Reconciled } from '../../core/reconcile/report.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { Fault } from '../../core/runtime/fault.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { adminToken } from '../api/tokens.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { root } from '../support/processes.ts';
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
      examples: [
        {
          serial: 7,
          userId: 'kim\u001b',
          detail: 'among the winners, but neither in MySQL nor in the outbox',
          detailReason: null,
        },
      ],
    },
    {
      kind: 'serial_gap',
      count: 1,
      examples: [{ serial: 9, userId: null, detail: 'nobody has serial 9', detailReason: null }],
    },
  ],
  advice: ['serial_gap: decide.'],
  adviceReasons: [],
};

function run(line: string, found: Reconciled | Fault, options: RunOptions = {}) {
  const asked: unknown[] = [];
  const admin = {
    ...fakeAdmin([anEvent()]),
    reconcile: (...args: unknown[]) => {
      asked.push(args.slice(0, 2));
      const { watch } = args[2] as { watch: (progress: object) => void };
      watch({ step: 'claims in MySQL', done: 500, of: 1_200 });
      return found instanceof Fault ? Promise.reject(found) : Promise.resolve(found);
    },
  };
  return runCli(line.split(' '), { ...options, admin }).then((ran) => ({ ...ran, asked }));
}

describe('reconcile', () => {
  it('exits with 0 if nothing is left to repair, and with 3 otherwise', async () => {
    const clean: Reconciled = { ...drifted, findings: [], advice: [], verdict: 'clean' };
    expect((await run('reconcile autumn-sale --repair', clean)).code).toBe(0);
    expect((await run('reconcile autumn-sale', drifted)).code).toBe(3);
    expect((await run('reconcile autumn-sale --repair', drifted)).code).toBe(3);
  });

  it('advises commands in the form in which the user called this command, and, in JSON, in the API’s form', async () => {
    const found: Reconciled = { ...drifted, advice: ['Repair: coupon-admin reconcile autumn-sale --repair.'] };
    const env = { npm_lifecycle_event: 'admin', npm_package_json: join(root, 'package.json') };
    const pipe = await run('reconcile autumn-sale', found, { env });
    expect(pipe.stdout).toContain('Repair: npm run -s admin -- reconcile autumn-sale --repair.');
    const terminal = await run('reconcile autumn-sale', found, { env, terminal: { answers: [] } });
    expect(terminal.stdout).toContain('Repair: npm run -s admin -- reconcile autumn-sale --repair.');
    expect((await run('reconcile autumn-sale', found)).stdout).toContain('Repair: coupon-admin reconcile');
    expect((await run('reconcile autumn-sale --json', found, { env })).stdout).toContain(
      'Repair: coupon-admin reconcile',
    );
  });

  it('exits with 1 for a fault and with 2 for a usage error', async () => {
    const fault = await run('reconcile autumn-sale', new Fault('unavailable', 'MySQL is away.'));
    expect(fault).toMatchObject({ code: 1, stdout: '' });
    expect(fault.stderr).toContain('MySQL is away.');
    expect((await run('reconcile', drifted)).code).toBe(2);
    expect((await run('reconcile autumn-sale --mend', drifted)).code).toBe(2);
  });

  it('requests a repair only with --repair, and sends the reason', async () => {
    expect((await run('reconcile autumn-sale', drifted)).asked).toEqual([
      [{ eventId: 'autumn-sale', repair: false }, {}],
    ]);
    expect((await run('reconcile autumn-sale --repair --reason outage', drifted)).asked).toEqual([
      [{ eventId: 'autumn-sale', repair: true }, { reason: 'outage' }],
    ]);
  });

  it('prints only data with --json', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale --json', drifted);
    expect({ found: JSON.parse(stdout) as unknown, stderr }).toEqual({ found: drifted, stderr: '' });
  });

  it('prints lines in a pipe', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale', drifted);
    expect(stderr).toBe('');
    expect(stdout).toMatchSnapshot();
  });

  it('prints for people on a terminal, and shows its progress', async () => {
    const { stdout, stderr } = await run('reconcile autumn-sale', drifted, { terminal: { answers: [] } });
    expect(stdout).toMatchSnapshot();
    expect(stderr).toBe('\r\u001b[Kclaims in MySQL: 500 of 1,200\r\u001b[K');
  });
});

describe('reconcile, through a real API,', () => {
  let api: RealApi;
  beforeAll(async () => {
    api = await openRealApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const through = (url: string, ...argv: string[]) =>
    runCli(argv, { env: { FIRSTCOME_URL: url, FIRSTCOME_TOKEN: adminToken('operator') }, connectApi });
  const cli = (...argv: string[]) => through(api.url, ...argv);
  const sale = ['--name', 'Sale', '--amount', '1', '--stock', '5', '--opens-at', 'now', '--json'];
  const show = async (id: string) => {
    const { stdout } = await cli('event', 'show', id, '--json');
    const { serverTime: _now, readiness: _checks, ...event } = JSON.parse(stdout) as EventJson;
    return event;
  };

  it('finds a lost gate, repairs it, and then finds nothing more', async () => {
    const { id } = JSON.parse((await cli('event', 'create', ...sale)).stdout) as EventJson;
    expect(await cli('reconcile', id, '--reason', 'before the sale')).toMatchObject({ code: 0, stderr: '' });
    const looks = await cli('audit', 'list', '--event', id, '--action', 'event.reconcile', '--json');
    const look = { actor: 'the-operator', role: 'operator', door: 'api', reason: 'before the sale' };
    expect(JSON.parse(looks.stdout)).toMatchObject([{ ...look, after: { verdict: 'clean', found: [] } }]);
    await api.platform.stores.redis.system.client.del(roundKeys(id, 1).gate);
    const lost = await cli('reconcile', id, '--json');
    expect(lost.code).toBe(3);
    expect(JSON.parse(lost.stdout)).toMatchObject({ findings: [{ kind: 'config_drift', count: 1 }], verdict: 'drift' });
    const repaired = await cli('reconcile', id, '--repair', '--json');
    expect(repaired.code).toBe(0);
    expect(JSON.parse(repaired.stdout)).toMatchObject({ findings: [], repaired: 1, verdict: 'clean' });
    expect(await show(id)).toMatchObject({ paused: true, seeded: true });
  });

  const noMySql = { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/nothing' };
  const noRedis = { REDIS_URL: 'redis://127.0.0.1:1' };
  it.each<[string, Record<string, string>, string[]]>([
    ['both stores are', { ...noMySql, ...noRedis }, ['MySQL is not answering.', 'Redis is unreachable.']],
    ['MySQL is', noMySql, ['MySQL is not answering.']],
    ['Redis is', noRedis, ['Redis is unreachable.']],
  ])('reports that %s unreachable from the API, and changes nothing', async (_what, away, says) => {
    const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL } = api.stores;
    await using hurt = await openRealApi({ DATABASE_URL, REDIS_URL, ...away });
    const { id } = JSON.parse((await cli('event', 'create', ...sale)).stdout) as EventJson;
    const { client } = api.platform.stores.redis.system;
    await client.hset(roundKeys(id, 1).gate, 'stock', '4');
    const gate = await client.hgetall(roundKeys(id, 1).gate);
    const shown = await show(id);
    for (const [repair, then] of [
      [[], 'could not be reconciled. |Nothing was changed. Try again.'],
      [['--repair'], 'could not be repaired. |It is safe to run the repair again.'],
    ] as const) {
      const { code, stdout, stderr } = await through(hurt.url, 'reconcile', id, ...repair);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      for (const text of [...says, ...then.split('|')]) expect(stderr).toContain(text);
    }
    expect(await client.hgetall(roundKeys(id, 1).gate)).toEqual(gate);
    expect(await show(id)).toEqual(shown);
  });

  it('reports an unknown event', async () => {
    expect(await cli('reconcile', 'nowhere')).toMatchObject({ code: 1, stderr: 'Error: There is no event nowhere.\n' });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { openDb } from '../../../core/mysql/open-db.ts';
import type { ReadinessCheck } from '../../../core/readiness/readiness-check.ts';
import { mysqlWeaknesses } from '../../../core/readiness/store-settings.ts';
import { beat } from '../../../core/readiness/worker-beat.ts';
import { gateKey, heartbeatKey, roundKeys, workerClockKey } from '../../../core/redis/keys.ts';
import { openLab, tester, useLab } from '../../support/lab.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { startMariaDb, startRedis } from '../../support/test-servers.ts';
import { useTestStores } from '../../support/use-stores.ts';

const stores = useTestStores();
const lab = useLab({ stores });
beforeEach(() => beat(redis(), lab.first.clock.nowMs()));

const redis = () => lab.first.stores.redis.system.client;
const db = () => lab.first.stores.db;
const soon = () => lab.first.clock.nowMs() + 20_000;

async function readinessOf(eventId: string) {
  const { readiness } = await lab.first.admin.get(eventId);
  if (readiness === null) throw new Error('The event has no readiness report.');
  return readiness;
}

async function amiss(eventId: string): Promise<Partial<Record<ReadinessCheck['name'], string>>> {
  const { checks } = await readinessOf(eventId);
  return Object.fromEntries(checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => [name, state]));
}

it.each(['redis-stream', 'redis-counter', 'db-lock'] as const)(
  'an event of %s is armed if all its checks pass',
  async (strategy) => {
    const { eventId } = await lab.createEvent({ strategy, opensAtMs: soon() });
    expect(await amiss(eventId)).toEqual({});
    expect((await readinessOf(eventId)).armed).toBe(true);
  },
);

it('an event that is not due yet waits for its seeding without reporting a problem', async () => {
  const { eventId } = await lab.createEvent({ opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
  expect(await amiss(eventId)).toEqual({ seeded: 'waiting', gate: 'waiting' });
  expect((await readinessOf(eventId)).armed).toBe(false);
});

it('lists of events do not check the readiness of each event', async () => {
  const { events } = await lab.first.admin.list({ limit: 5 });
  expect(events.every(({ readiness }) => readiness === null)).toBe(true);
});

describe('readiness reports a problem, and says what to do,', () => {
  it('for a pause and for a closed event', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await lab.first.admin.pause({ eventId }, tester);
    expect(await amiss(eventId)).toEqual({ opening: 'problem' });
    await lab.first.admin.close({ eventId }, tester);
    expect(await amiss(eventId)).toEqual({ opening: 'problem' });
  });

  it('for a gate that differs from the row', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await redis().hset(gateKey(eventId), 'stock', '7');
    const { checks } = await readinessOf(eventId);
    const gate = checks.find(({ name }) => name === 'gate');
    expect(gate).toMatchObject({ state: 'problem', detail: 'stock is 100 in MySQL but 7 in the gate' });
    expect(gate?.action).toContain(`reconcile ${eventId}`);
  });

  it('for a lost gate', async () => {
    const { eventId } = await lab.createEvent();
    await lab.submit(eventId, 'kim');
    await redis().del(gateKey(eventId), roundKeys(eventId, 1).winners);
    expect(await amiss(eventId)).toMatchObject({ gate: 'problem' });
    // Nothing seeds a lost gate again automatically, so the check must not promise a new seeding.
    const { checks } = await readinessOf(eventId);
    expect(checks.find(({ name }) => name === 'seeded')).toMatchObject({
      ...{ state: 'problem', detail: 'its gate is lost', action: expect.stringContaining('--repair') as string },
    });
  });

  it('if no worker runs or the worker has stopped reporting', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await redis().del(heartbeatKey);
    expect(await amiss(eventId)).toEqual({ worker: 'problem' });
    await redis().set(heartbeatKey, lab.first.clock.nowMs() - 60_000);
    expect(await amiss(eventId)).toEqual({ worker: 'problem' });
  });

  it('for a worker whose clock is off', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await redis().set(workerClockKey, 90_000);
    expect(await amiss(eventId)).toEqual({ clocks: 'problem' });
  });

  it('for a claim that MySQL could not store', async () => {
    const { eventId } = await lab.createEvent();
    await redis().hset(roundKeys(eventId, 1).setAside, 'kim', 'serial_taken');
    expect(await amiss(eventId)).toMatchObject({ claims: 'problem' });
  });

  it('in each check that needs a store that does not answer', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await using proxy = await startTcpProxy(Number(new URL(stores.redisUrl).port));
    await using cut = await openLab({ ...stores, redisUrl: proxy.through(stores.redisUrl) });
    proxy.hold();
    const { readiness } = await cut.first.admin.get(eventId);
    expect(readiness?.armed).toBe(false);
    const states = Object.fromEntries(readiness?.checks.map(({ name, state }) => [name, state]) ?? []);
    expect(states).toMatchObject({ opening: 'ok', worker: 'problem', redis: 'problem', mysql: 'ok' });
  });
});

describe('readiness reports the settings', () => {
  it('of MySQL if a commit may be lost', async () => {
    const { eventId } = await lab.createEvent({ opensAtMs: soon() });
    await db().$executeRawUnsafe('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
    try {
      expect(await amiss(eventId)).toEqual({ mysql: 'problem' });
    } finally {
      await db().$executeRawUnsafe('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    }
  });

  it('of MySQL if a power failure may destroy committed pages', async () => {
    await using server = await startMariaDb(['--innodb-doublewrite=0', '--innodb-flush-method=O_DIRECT_NO_FSYNC']);
    const weak = openDb(server.url);
    expect(await mysqlWeaknesses(weak)).toEqual([
      'innodb_doublewrite is OFF, so a page that is half written when power fails can’t be restored',
      'innodb_flush_method is O_DIRECT_NO_FSYNC, so the log that could restore a page is overwritten before the page is fsynced',
    ]);
    await weak.$disconnect();
    expect(await mysqlWeaknesses(db())).toEqual([]);
  });

  it('of Redis if it may lose data, evict keys or run out of memory', async () => {
    await using server = await startRedis();
    await using own = await openLab({ ...stores, redisUrl: server.url });
    const { client } = own.first.stores.redis.system;
    await beat(client, own.first.clock.nowMs());
    const { eventId } = await own.createEvent({ opensAtMs: own.first.clock.nowMs() + 20_000, stock: 100_000 });
    const problems = async () => {
      const { readiness } = await own.first.admin.get(eventId);
      return readiness?.checks.filter(({ state }) => state !== 'ok').map(({ name, detail }) => `${name}: ${detail}`);
    };
    expect(await problems()).toEqual([]);
    for (const [name, bad, said] of [
      ['appendonly', 'no', 'redis: appendonly is not yes'],
      ['appendfsync', 'everysec', 'redis: appendfsync is everysec, not always'],
      [
        ...['no-appendfsync-on-rewrite', 'yes'],
        'redis: no-appendfsync-on-rewrite is yes, so nothing is fsynced while the append-only file is rewritten',
      ],
      [
        ...['replica-read-only', 'no'],
        'redis: replica-read-only is no, so after a demotion it still accepts writes, which the next sync throws away',
      ],
      ['maxmemory-policy', 'allkeys-lru', 'redis: maxmemory-policy is not noeviction'],
    ] as const) {
      const [, good = ''] = await client.config('GET', name);
      await client.config('SET', name, bad);
      expect(await problems()).toEqual([said]);
      const checks = await own.first.health.check();
      expect(checks.find((check) => check.name === 'durability')).toMatchObject({
        ...{ ok: false, detail: `durability: weaker; ${said.replace('redis: ', '')}` },
      });
      await client.config('SET', name, good);
    }
    expect(await problems()).toEqual([]);
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    await client.config('SET', 'maxmemory', String(used + 5_000_000));
    expect((await problems())?.map((line) => line.split(':')[0])).toEqual(['memory']);
  });
});

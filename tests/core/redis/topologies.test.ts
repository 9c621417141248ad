import { Worker } from 'bullmq';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createEventTries } from '../../../core/engines/tries/event-tries.ts';
import { realStrategyNames } from '../../../core/events/event.ts';
import { openJobQueue, queueName } from '../../../core/jobs/job-queue.ts';
import { reconcileEvent } from '../../../core/reconcile/reconcile-event.ts';
import { gateKey, queuePrefix, roundKeys } from '../../../core/redis/keys.ts';
import { slotOfTag } from '../../../core/redis/key-slot.ts';
import { openConsumerRedis, openProducerRedis } from '../../../core/redis/open-redis.ts';
import { addressOf } from '../../../core/redis/redis-address.ts';
import { createLog } from '../../../core/runtime/log.ts';
import type { RedisNode } from '../../../proof/failover/servers/redis-node.ts';
import { isRowStrategy } from '../../support/strategy-families.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { useTopology } from '../../support/redis-topologies.ts';
import { useTestDatabase } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Every strategy keeps its promises on each topology. Admin commands and the job queue also work. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

describe.each(['sentinel', 'cluster'] as const)('on the %s topology,', (name) => {
  const topology = useTopology(name);
  const database = useTestDatabase();
  const lab = useLab({
    stores: () => ({ redisUrl: topology.url, databaseUrl: database.databaseUrl }),
    platformCount: 2,
  });

  it.each(realStrategyNames)(
    '%s issues exactly the stock, even across a reset, and reconcile finds no drift',
    async (strategy) => {
      const { eventId } = await lab.createEvent({ stock: 10, strategy });
      await lab.race(eventId, users(30));
      await lab.prove(eventId, { issued: 10 });
      await lab.first.admin.reset({ eventId, confirm: 'Opening sale' }, tester);
      await lab.first.admin.resume({ eventId }, tester);
      lab.answersOf(eventId).splice(0);
      await lab.race(eventId, users(15));
      await lab.prove(eventId, { issued: 10 });
      await lab.sweep();
      const { verdict, findings } = await reconcileEvent(lab.first.stores, { eventId, repair: false }, tester);
      expect({ verdict, findings }).toEqual({ verdict: 'clean', findings: [] });
    },
  );

  it('two processes together let exactly as many tries of a user pass as the event allows', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    await lab.first.admin.update({ eventId, triesMax: 5, triesWindowMs: 60_000 }, tester);
    const known = { has: () => true, add: () => undefined, require: () => Promise.resolve() };
    const processes = lab.platforms.map(({ stores }) => createEventTries(stores, known));
    expect(processes).toHaveLength(2);
    const tries = processes.flatMap((process) => Array.from({ length: 10 }, () => process.count(eventId, 'kim')));
    expect((await Promise.all(tries)).filter((waitMs) => waitMs === 0)).toHaveLength(5);
  });

  it('a repair restores winners and a gate that the event’s master lost', async () => {
    const { eventId } = await lab.createEvent({ stock: 10 });
    const everybody = users(10);
    await lab.race(eventId, everybody);
    await lab.persisted({ eventId, round: 1 });
    const { client } = lab.first.stores.redis.of(eventId);
    await client.hdel(roundKeys(eventId, 1).winners, everybody[0] ?? '');
    expect((await reconcileEvent(lab.first.stores, { eventId, repair: true }, tester)).repaired).toBe(1);
    await client.del(gateKey(eventId));
    await reconcileEvent(lab.first.stores, { eventId, repair: true }, tester);
    await lab.sweep();
    expect(await lab.claim(eventId, everybody[0] ?? '')).toMatchObject({ status: 'issued', replayed: true });
    expect((await reconcileEvent(lab.first.stores, { eventId, repair: false }, tester)).verdict).toBe('clean');
  });

  it('a job that the API adds reaches a worker', async () => {
    const address = addressOf(topology.url);
    const jobs = openJobQueue(openProducerRedis(address), createLog('api', 'silent'));
    const { promise, resolve } = Promise.withResolvers<string>();
    const connection = openConsumerRedis(address);
    const worker = new Worker(
      queueName,
      (job) => {
        if (job.name === 'seed') resolve(String(job.id));
        return Promise.resolve();
      },
      { connection, prefix: queuePrefix },
    );
    try {
      await waitFor(() => jobs.counts().then(Boolean, () => false), { what: 'the job queue' });
      await jobs.scheduleSeed({ eventId: 'ev_jobs', round: 1 }, 1, 0);
      expect(await promise).toBe('seed-ev_jobs-1-1');
    } finally {
      await worker.close(true);
      connection.disconnect();
      await jobs.close();
    }
  });

  it('readiness names the topology and each master with its durability', async () => {
    const checks = new Map((await lab.first.health.check()).map((check) => [check.name, check]));
    const masters = lab.first.stores.redis.all().map((link) => link.where());
    expect(masters).toHaveLength(name === 'cluster' ? 3 : 1);
    expect(checks.get('topology')).toMatchObject({ ok: true, required: false });
    const detail = checks.get('topology')?.detail;
    expect(detail).toContain(name);
    for (const master of masters) expect(detail).toContain(`${master} (durability: always)`);
    expect(checks.get('redis')).toMatchObject({ ok: true, required: true });
    expect(checks.get('durability')).toMatchObject({ ok: true, detail: 'durability: always' });
  });

  // This test comes last, because it leaves a dead server behind.
  it('after a master dies, the promoted replica sells the master’s events', async () => {
    const { redis } = lab.first.stores;
    const { eventId } = await lab.createEvent({ stock: 5, opensAtMs: lab.first.clock.nowMs() + 3_600_000 });
    const old = await topology.masterOf(gateKey(eventId));
    const before = redis.of(eventId).runId();
    await old.kill9();
    await waitFor(() => redis.of(eventId).runId() !== undefined && redis.of(eventId).runId() !== before, {
      what: 'the link to the promoted replica',
      limitMs: 30_000,
    });
    expect(redis.of(eventId).where()).toBe((await topology.masterOf(gateKey(eventId))).at);
    expect(redis.of(eventId).where()).not.toBe(old.at);
    const checks = new Map((await lab.first.health.check()).map((check) => [check.name, check]));
    expect(checks.get('topology')).toMatchObject({ ok: true });
    expect(checks.get('topology')?.detail).not.toContain(old.at);
    let next = await lab.createEvent({ stock: 5 });
    while (redis.of(next.eventId).where() !== redis.of(eventId).where()) next = await lab.createEvent({ stock: 5 });
    await lab.race(next.eventId, users(8));
    await lab.prove(next.eventId, { issued: 5 });
  });
});

describe('events on a cluster', () => {
  const topology = useTopology('cluster');
  const database = useTestDatabase();
  const lab = useLab({
    stores: () => ({ redisUrl: topology.url, databaseUrl: database.databaseUrl }),
    platformCount: 2,
  });
  const spread = new Map<string, string>();

  beforeAll(async () => {
    while (spread.size < 3) {
      const { eventId } = await lab.createEvent({ stock: 20 });
      spread.set((await topology.masterOf(gateKey(eventId))).at, eventId);
    }
  });

  it('live on the master that has the slot of their id, and sell at once', async () => {
    const eventIds = [...spread.values()];
    await Promise.all(eventIds.map((eventId) => lab.race(eventId, users(40))));
    for (const [at, eventId] of spread) {
      expect(lab.first.stores.redis.of(eventId).where()).toBe(at);
      await lab.prove(eventId, { issued: 20 });
    }
    const ids = lab.first.stores.redis.all().map((link) => link.runId());
    expect(new Set(ids).size).toBe(3);
  });

  it.each(realStrategyNames.filter((strategy) => !isRowStrategy(strategy)))(
    'of %s keep every claim and continue after their slot has moved to another master',
    async (strategy) => {
      const { eventId } = await lab.createEvent({ stock: 20, strategy });
      const before = users(8);
      await lab.race(eventId, before);
      const from = await topology.masterOf(gateKey(eventId));
      const to = topology.nodes.find((node) => node !== from && spread.has(node.at));
      if (to === undefined) throw new Error('The cluster has no other master.');
      const racing = lab.race(eventId, users(12), 1_500);
      await moveSlot(slotOfTag(eventId), from, to);
      await racing;
      expect((await topology.masterOf(gateKey(eventId))).at).toBe(to.at);
      await lab.race(eventId, [...before, ...users(5)]);
      await lab.prove(eventId, { issued: 20 });
      expect(lab.first.stores.redis.of(eventId).where()).toBe(to.at);
      expect((await reconcileEvent(lab.first.stores, { eventId, repair: false }, tester)).verdict).toBe('clean');
    },
  );
});

/** Moves a slot with all its keys, as `redis-cli --cluster reshard` does. */
async function moveSlot(slot: number, from: RedisNode, to: RedisNode): Promise<void> {
  const id = async ({ redis }: RedisNode): Promise<string> => String(await redis.call('CLUSTER', 'MYID'));
  const [fromId, toId] = await Promise.all([id(from), id(to)]);
  await to.redis.call('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', fromId);
  await from.redis.call('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', toId);
  for (;;) {
    const keys = (await from.redis.call('CLUSTER', 'GETKEYSINSLOT', String(slot), '1')) as string[];
    const [key] = keys;
    if (key === undefined) break;
    await from.redis.call('MIGRATE', to.host.address, String(to.port), key, '0', '5000', 'AUTH2', 'default', 'test');
  }
  await to.redis.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', toId);
  await from.redis.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', toId);
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { strategyNames } from '../../core/events/event.ts';
import { gateKey, heartbeatKey, roundKeys, sweptKey } from '../../core/redis/keys.ts';
import { openLab } from '../support/lab.ts';
import type { TestProcess } from '../support/processes.ts';
import { expectHonestErrors, prove } from '../support/prove.ts';
import { countOurs, startRedisPair, type Member, type RedisPair } from '../support/redis-pair.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  readChecks,
  scriptSha,
  someUsers,
  startApi,
  startWorker,
  type ApiProcess,
  type DirectStores,
  type ProcessOptions,
} from '../support/system.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * A managed failover: Redis becomes a replica without closing its connections, and the address then leads to the new
 * primary.
 */
let pair: RedisPair;
let database: TestDatabase;
let servers: ProcessOptions;
let api: ApiProcess;
let worker: TestProcess;
let primary: Member;
let replica: Member;

beforeAll(async () => {
  [pair, database] = await Promise.all([startRedisPair(), createTestDatabase()]);
  [primary, replica] = [pair.first, pair.second];
  await pair.follow(replica, primary);
  servers = { redisUrl: pair.url, databaseUrl: database.databaseUrl };
  [api, worker] = await Promise.all([startApi(servers), startWorker(servers)]);
});
afterAll(async () => {
  await Promise.all([api, worker].map((process) => process[Symbol.asyncDispose]()));
  await database[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
});

async function switchOver(): Promise<void> {
  await pair.failOver(primary, replica);
  [primary, replica] = [replica, primary];
  pair.address.targetPort = primary.server.port;
}
const directTo = ({ server }: Member): DirectStores =>
  openDirect({ redisUrl: server.url, databaseUrl: database.databaseUrl });

it('if Redis is demoted in the middle of a sale, claims, drains and sweeps move to the new primary, and the sale issues exactly its stock', async () => {
  const event = await createEvent(api, { stock: 700 });
  const crowd = crowdAt([api], event, { userIds: someUsers(900), overMs: 3_000 });
  await crowd.untilIssued(150);
  // Waits for the replica first. Otherwise the failover would lose the claims that have not reached the replica.
  await primary.redis.call('CLIENT', 'PAUSE', '10000', 'WRITE');
  await pair.follow(replica, primary);
  const old = primary;
  await switchOver();
  await old.redis.call('CLIENT', 'UNPAUSE');
  await crowd.done;
  expectHonestErrors(crowd.answers);
  await using direct = directTo(primary);
  await prove(direct, event, { issued: 700, apis: [api], answers: crowd.answers });

  await waitFor(async () => (await countOurs(old)) === 0, {
    what: 'all our clients to leave the old primary',
    limitMs: 20_000,
  });
  await primary.redis.del(heartbeatKey, sweptKey);
  await waitFor(async () => (await primary.redis.exists(heartbeatKey, sweptKey)) === 2, {
    what: 'a heartbeat and a sweep on the new primary',
    limitMs: 20_000,
  });
  expect(worker.isRunning()).toBe(true);
  await waitFor(async () => (await readChecks(api))['worker']?.ok, {
    what: '/readyz to report the worker',
    limitMs: 20_000,
  });
});

it('if Redis is demoted while nobody claims, /readyz is red until the address leads to the new primary', async () => {
  const event = await createEvent(api, { stock: 10 });
  await pair.failOver(primary, replica);
  const red = await waitFor(
    async () => {
      const response = await fetch(`${api.url}/readyz`);
      return response.status === 503 ? readChecks(api) : null;
    },
    { what: 'a red /readyz' },
  );
  expect(red['redis']).toEqual({
    ok: false,
    detail: `Redis at this address is a replica of 127.0.0.1:${replica.server.port}`,
  });
  expect(red['durability']?.ok).toBe(false);
  // The API must not trust the replica's gate either, so it answers from MySQL.
  await replica.redis.hset(gateKey(event.id), 'stock', '99', 'version', '9');
  await waitFor(async () => (await primary.redis.hget(gateKey(event.id), 'stock')) === '99', {
    what: 'the stale write',
  });
  expect((await api.client().event.get.query({ eventId: event.id })).stock).toBe(10);
  [primary, replica] = [replica, primary];
  await primary.redis.hset(gateKey(event.id), 'stock', '10', 'version', '1');
  pair.address.targetPort = primary.server.port;
  await waitFor(async () => (await fetch(`${api.url}/readyz`)).ok, { what: 'a green /readyz' });
  const crowd = crowdAt([api], event, { userIds: someUsers(12) });
  await crowd.done;
  await using direct = directTo(primary);
  await prove(direct, event, { issued: 10, apis: [api], answers: crowd.answers });
});

it.each(strategyNames.filter((name) => name !== 'unsafe' && name !== 'redis-stream'))(
  'a %s sale issues exactly its stock even if Redis is demoted',
  async (strategy) => {
    const event = await createEvent(api, { stock: 60, strategy });
    const crowd = crowdAt([api], event, { userIds: someUsers(80), overMs: 1_500 });
    await crowd.untilIssued(10);
    const old = primary;
    await primary.redis.call('CLIENT', 'PAUSE', '10000', 'WRITE');
    await pair.follow(replica, primary);
    await switchOver();
    await old.redis.call('CLIENT', 'UNPAUSE');
    await crowd.done;
    expectHonestErrors(crowd.answers);
    await using direct = directTo(primary);
    await prove(direct, event, { issued: 60, apis: [api], answers: crowd.answers });
  },
);

it('after a demotion to a replica that lacks some of MySQL’s claims, the event stops with gate_lost, even after a failover back', async () => {
  const event = await createEvent(api, { stock: 100 });
  const early = crowdAt([api], event, { userIds: someUsers(10) });
  await early.done;
  // From now on, the replica receives nothing.
  await replica.redis.call('REPLICAOF', '127.0.0.1', '1');
  const late = crowdAt([api], event, { userIds: someUsers(10) });
  await late.done;
  const { outbox } = roundKeys(event.id, 1);
  await waitFor(async () => (await primary.redis.xlen(outbox)) === 0, { what: 'the drain', limitMs: 20_000 });
  const runIdBefore = await primary.redis.hget(gateKey(event.id), 'runId');
  const stale = replica;

  // No call reaches the event between the two failovers. So the gate that returns to the old primary still has the run
  // id under which that primary trusted it.
  await switchOver();
  expect(await primary.redis.hget(gateKey(event.id), 'issued')).toBe('10');
  expect(await replica.redis.hget(gateKey(event.id), 'runId')).toBe(runIdBefore);
  await switchOver();
  expect(primary).not.toBe(stale);
  await waitFor(async () => (await fetch(`${api.url}/readyz`)).ok, { what: 'a connection to the primary' });
  const [userId = ''] = someUsers(1);
  const stopped = crowdAt([api], event, { userIds: [userId], limitMs: 2_000 });
  await expect(stopped.done).rejects.toThrow(/has no answer/);
  expect(
    new Set(stopped.answers.map(({ outcome }) => ('reason' in outcome ? outcome.reason : outcome.status))),
  ).toEqual(new Set(['HTTP 503 gate_lost']));
  expect(await primary.redis.hget(gateKey(event.id), 'issued')).toBe('10');
  expect((await readChecks(api))['lost_gates']).toMatchObject({ ok: false });
});

it('processes that connected before and after the first replica was attached take turns to decide, and no call fails', async () => {
  await using fresh = await startRedisPair();
  const stores = { redisUrl: fresh.url, databaseUrl: database.databaseUrl };
  const trustGate = scriptSha('trust-gate');
  let trusted = 0;
  fresh.address.onRequest = (chunk) => {
    if (chunk.includes(trustGate)) trusted += 1;
    return 'pass';
  };
  await using before = await openLab(stores);
  const { eventId } = await before.createEvent({ stock: 50 });
  await before.submit(eventId, 'the first');
  await fresh.follow(fresh.second, fresh.first);
  await using after = await openLab(stores);
  const winners = ['the first'];
  for (let turn = 0; turn < 10; turn += 1) {
    for (const [name, lab] of Object.entries({ before, after })) {
      const userId = `${name}-${turn}`;
      expect(await lab.submit(eventId, userId)).toMatchObject({ status: 'issued', serial: winners.push(userId) });
    }
  }
  const { redis } = fresh.first;
  // The gate was trusted twice: when it was made, and after the replica was attached. The second time was enough for
  // both processes, because both know the server by the same id.
  expect(trusted).toBe(2);
  expect(await redis.hget(gateKey(eventId), 'runId')).toBe(before.first.stores.redis.system.runId());
  expect(before.first.stores.redis.system.runId()).toBe(after.first.stores.redis.system.runId());
});

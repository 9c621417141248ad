import { expect, it } from 'vitest';
import { gateKey, roundKeys, sweptKey } from '../../core/redis/keys.ts';
import { expectBounded, expectHonestErrors, prove, toldIssued } from '../support/prove.ts';
import { createEvent, crowdAt, readChecks, someUsers, startWorker, tokenOf, useSystem } from '../support/system.ts';
import { useRedisServer, useTestDatabase } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const redis = useRedisServer();
const database = useTestDatabase();
const system = useSystem(() => ({ servers: { redisUrl: redis.url, databaseUrl: database.databaseUrl } }));

it('after a kill -9 of Redis in a burst of claims, the API answers 503 until Redis has loaded its data, and then has every claim', async () => {
  await fill(300_000);
  const stored = await createEvent(system.apis[0], { stock: 5 });
  const winners = crowdAt(system.apis, stored, { userIds: someUsers(5) });
  await winners.done;
  await prove(system.direct, stored, { issued: 5, apis: system.apis, answers: winners.answers });
  const event = await createEvent(system.apis[0], { stock: 700 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(900), overMs: 2_000 });
  await crowd.untilIssued(200);
  await redis.kill9();
  await crowd.untilUnknown(50);
  // MySQL can show that a user has a claim, but not that a user has none.
  const mine = (userId = '') => system.apis[0].client(tokenOf(userId)).claim.mine.query({ eventId: stored.id });
  const [winner] = toldIssued(winners.answers);
  expect(await mine(winner?.userId)).toMatchObject({ serial: winner?.outcome.serial, state: 'persisted' });
  await expect(mine('nobody')).rejects.toMatchObject({ data: { httpStatus: 503, reason: 'unavailable' } });
  expect((await fetch(`${system.apis[0].url}/readyz`)).status).toBe(503);
  // A process that starts during the outage must behave like the other processes.
  await system.apis[1].process.kill9();
  await system.apis[1].restart();
  const back = redis.restart();
  await waitFor(async () => /LOADING/.test(await pingAnswer()), { what: 'Redis to load' });
  await back;
  await crowd.done;
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 700, apis: system.apis, answers: crowd.answers });
});

it('if a Redis without replicas restarts soon after a process has died, the event continues by itself', async () => {
  const event = await createEvent(system.apis[0], { stock: 60 });
  const before = crowdAt(system.apis, event, { userIds: someUsers(40) });
  await before.done;
  await system.apis[1].process.kill9();
  await redis.kill9();
  await redis.restart();
  const after = crowdAt([system.apis[0]], event, { userIds: someUsers(40) });
  await after.done;
  await system.apis[1].restart();
  const answers = [...before.answers, ...after.answers];
  expectHonestErrors(answers);
  await prove(system.direct, event, { issued: 60, apis: system.apis, answers });
});

it('during a SIGSTOP of Redis for 5 s, all callers, including those in a queue, learn within 2 s that the outcome is unknown', async () => {
  const event = await createEvent(system.apis[0], { stock: 900 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(1_000), overMs: 3_000 });
  await crowd.untilIssued(150);
  redis.pause();
  const stoppedAtMs = performance.now();
  await waitFor(() => performance.now() - stoppedAtMs > 5_000, { what: '5 s' });
  redis.resume();
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown').length).toBeGreaterThan(100);
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 900, apis: system.apis, answers: crowd.answers });
});

it('a SCRIPT FLUSH during the sale has no effect', async () => {
  const event = await createEvent(system.apis[0], { stock: 500 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 1_000 });
  for (const issued of [50, 150, 250, 350]) {
    await crowd.untilIssued(issued);
    await system.direct.redis.script('FLUSH');
  }
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown')).toEqual([]);
  await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
});

it('while memory is full, new claims are refused and change nothing, accepted claims are stored, and more memory ends the refusals', async () => {
  const event = await createEvent(system.apis[0], { stock: 900 });
  const unseeded = await createEvent(system.apis[0], { stock: 1, opensAtMs: Date.now() + 3_600_000 });
  await system.worker.kill9();
  const opensAt = new Date(Date.now() + 50_000);
  await system.direct.db.round.updateMany({ where: { eventId: unseeded.id }, data: { opensAt } });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(1_000), overMs: 2_500 });
  await crowd.untilIssued(200);
  await system.direct.redis.config('SET', 'maxmemory', '1mb');
  await crowd.untilUnknown(100);
  const { winners, outbox } = roundKeys(event.id, 1);
  const issuedWhileFull = Number(await system.direct.redis.hget(gateKey(event.id), 'issued'));
  expect(issuedWhileFull).toBeLessThan(900);
  expect(await system.direct.redis.hlen(winners)).toBe(issuedWhileFull);
  expect(await system.direct.redis.xlen(outbox)).toBeGreaterThan(0);
  // Makes it look as if no sweep had run for a long time, so that the worker sweeps as soon as it starts.
  await system.direct.redis.del(sweptKey);
  system.worker = await startWorker(system.servers);
  await waitFor(async () => (await system.direct.redis.xlen(outbox)) === 0, {
    what: 'the accepted claims to be stored although memory is full',
    limitMs: 20_000,
  });
  expect(await system.direct.db.claim.count({ where: { eventId: event.id } })).toBe(issuedWhileFull);
  await system.worker.outputMatching(/"event":"sweep_failed"/);
  const { codeKey } = await system.direct.db.round.findFirstOrThrow({ where: { eventId: unseeded.id } });
  for (const process of [system.worker, ...system.apis.map((api) => api.process)]) {
    expect(process.output()).toMatch(/OOM/);
    expect(process.output()).not.toContain(Buffer.from(codeKey).toString('hex'));
    expect(process.output()).not.toContain(crowd.answers[0]?.userId);
  }
  await system.direct.redis.config('SET', 'maxmemory', '0');
  await crowd.done;
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 900, apis: system.apis, answers: crowd.answers });
  await waitFor(async () => (await system.direct.redis.exists(gateKey(unseeded.id))) === 1, {
    what: 'the sweep to do the missed seeding',
    limitMs: 15_000,
  });
});

it('after a FLUSHALL during the sale, the event stops with a reason, issues nothing more, and sweeps are scheduled again', async () => {
  const event = await createEvent(system.apis[0], { stock: 900 });
  const userIds = someUsers(600);
  const crowd = crowdAt(system.apis, event, { userIds, overMs: 1_500, limitMs: 3_000 });
  await crowd.untilIssued(200);
  await system.direct.redis.flushall();
  const flushedAtMs = Date.now();
  await expect(crowd.done).rejects.toThrow(/has no answer/);
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  const fresh = toldIssued(crowd.answers);
  expect(new Set(fresh.map(({ outcome }) => outcome.serial)).size).toBe(fresh.length);
  const late = crowd.answers.filter(({ sentAtMs }) => sentAtMs > flushedAtMs + 5);
  expect(new Set(late.map(({ outcome }) => ('reason' in outcome ? outcome.reason : outcome.status)))).toEqual(
    new Set(['HTTP 503 gate_lost']),
  );

  await waitFor(() => system.direct.redis.zscore('{fc}:firstcome:repeat', 'sweep'), {
    what: 'the sweep schedule',
    limitMs: 15_000,
  });
  await waitFor(async () => Number(await system.direct.redis.get(sweptKey)) > flushedAtMs, {
    what: 'a sweep',
    limitMs: 20_000,
  });
  expect(await system.direct.redis.exists(...Object.values(roundKeys(event.id, 1)))).toBe(0);
  const again = crowdAt(system.apis, event, { userIds: userIds.slice(0, 50), limitMs: 500 });
  await expect(again.done).rejects.toThrow(/has no answer/);
  expect(toldIssued(again.answers)).toEqual([]);
  expect(await readChecks(system.apis[0])).toMatchObject({
    lost_gates: { ok: false, detail: expect.stringContaining(event.id) as string },
    redis: { ok: true },
  });
  expect(system.worker.output()).toMatch(/"event":"gate_lost"/);

  const next = await createEvent(system.apis[1], { stock: 100 });
  const nextCrowd = crowdAt(system.apis, next, { userIds: someUsers(150) });
  await nextCrowd.done;
  await prove(system.direct, next, { issued: 100, apis: system.apis, answers: nextCrowd.answers });
});

/** Gives Redis so much data that it takes a while to start. */
async function fill(keys: number): Promise<void> {
  const script = `for i = ARGV[1], ARGV[1] + 99999 do redis.call('SET', 'fill:' .. i, 'x') end`;
  for (let from = 0; from < keys; from += 100_000) await system.direct.redis.eval(script, 0, from);
}

/** Redis's reply to a PING, sent by a client that does not wait until Redis is ready. */
async function pingAnswer(): Promise<string> {
  const impatient = system.direct.redis.duplicate({
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  });
  impatient.on('error', () => undefined);
  try {
    await impatient.connect();
    return await impatient.ping();
  } catch (error) {
    return String(error);
  } finally {
    impatient.disconnect();
  }
}

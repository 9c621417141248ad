import { describe, expect, it } from 'vitest';
import { listAudit } from '../../core/audit/audit-rows.ts';
import { readGate } from '../../core/gate/gate.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { boundMs, expectBounded, prove, toldIssued } from '../support/prove.ts';
import { createEvent, crowdAt, readChecks, someUsers, startWorker, tokenOf, useSystem } from '../support/system.ts';
import { useMariaDbServer, useTestRedis } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const redis = useTestRedis();
const mysql = useMariaDbServer();
const system = useSystem(() => ({ servers: { redisUrl: redis.redisUrl, databaseUrl: mysql.url } }));

it('during a sale in which MySQL is killed twice with kill -9, claims continue, and each claim is stored once', async () => {
  const event = await createEvent(system.apis[0], { stock: 1_000 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(1_100), overMs: 3_000 });
  for (const issued of [200, 600]) {
    await crowd.untilIssued(issued);
    await mysql.kill9();
    await mysql.restart();
  }
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown')).toEqual([]);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 1_000, apis: system.apis, answers: crowd.answers });
});

describe.each<[string, { fail: () => Promise<void>; mend: () => Promise<void> }]>([
  ['dead', { fail: () => mysql.kill9(), mend: () => mysql.restart() }],
  ['hanging (SIGSTOP)', { fail: () => Promise.resolve(mysql.pause()), mend: () => Promise.resolve(mysql.resume()) }],
])('while MySQL is %s for a whole sale,', (_how, { fail, mend }) => {
  it('claims continue, even in processes that start during the outage, and each claim is stored once MySQL is back', async () => {
    const event = await createEvent(system.apis[0], { stock: 500 });
    const paused = await createEvent(system.apis[0], { stock: 50 });
    const closed = await createEvent(system.apis[0], { stock: 50 });
    const early = crowdAt(system.apis, paused, { userIds: someUsers(10) });
    await early.done;
    await fail();
    // A worker and an API process must also start without MySQL.
    await Promise.all([system.apis[1].process.kill9(), system.worker.kill9()]);
    [system.worker] = await Promise.all([startWorker(system.servers), system.apis[1].restart()]);
    const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 1_000 });
    await crowd.done;
    expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown')).toEqual([]);
    expectBounded(crowd.answers);
    expect(toldIssued(crowd.answers)).toHaveLength(500);

    const [winner] = toldIssued(crowd.answers);
    const loser = crowd.answers.find(({ outcome }) => outcome.status === 'sold_out');
    await Promise.all(
      system.apis.map(async (api) => {
        const mine = (userId = '') => timed(() => api.client(tokenOf(userId)).claim.mine.query({ eventId: event.id }));
        expect(await mine(winner?.userId)).toMatchObject({ serial: winner?.outcome.serial, state: 'accepted' });
        expect(await mine(loser?.userId)).toBeNull();
        const seen = await timed(() => api.client().event.get.query({ eventId: event.id }));
        expect(seen).toMatchObject({ stock: 500, phase: 'sold_out' });
        // The API reports data that only MySQL has as unknown, not as empty.
        const somebody = api.client(tokenOf('somebody'));
        const calls = [
          () => somebody.claim.list.query({}),
          () => somebody.event.get.query({ eventId: 'ev_unknown' }),
          () => somebody.claim.submit.mutate({ eventId: 'ev_unknown' }),
          () => somebody.claim.mine.query({ eventId: 'ev_unknown' }),
        ];
        const unknown = { data: { httpStatus: 503, reason: 'unavailable' } };
        await Promise.all(calls.map((call) => expect(timed<unknown>(call)).rejects.toMatchObject(unknown)));
        expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
        expect(await readChecks(api)).toMatchObject({ mysql: { ok: false }, redis: { ok: true } });
      }),
    );

    const operator = system.apis[1].client();
    const pause = () => operator.admin.event.pause.mutate({ eventId: paused.id, requestId: `pause-${paused.id}` });
    const close = () => operator.admin.event.close.mutate({ eventId: closed.id });
    // Sends the call twice, like an operator who is not sure that the first call worked.
    for (const changed of await Promise.all([timed(pause), timed(pause)])) {
      expect(changed).toMatchObject({ phase: 'paused', version: 2 });
    }
    expect(await timed(close)).toMatchObject({ phase: 'closed' });
    const late = crowdAt(system.apis, paused, { userIds: someUsers(2) });
    await late.done;
    expect(late.answers.map(({ outcome }) => outcome.status)).toEqual(['paused', 'paused']);
    await expect(timed(() => operator.admin.event.topUp.mutate({ eventId: paused.id, add: 5 }))).rejects.toMatchObject({
      data: { httpStatus: 503 },
    });

    await mend();
    await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
    await waitFor(async () => (await system.direct.redis.xlen(roundKeys(paused.id, 1).outbox)) === 0, {
      what: 'a drain',
    });
    for (const [{ id }, action, field] of [
      [paused, 'event.pause', 'paused'],
      [closed, 'event.close', 'closedAt'],
    ] as const) {
      await waitFor(async () => (await readGate(system.direct.redis, id))?.pendingChanges === '', {
        what: `${action} to reach the row`,
        limitMs: 30_000,
      });
      const trail = await listAudit(system.direct.db, { eventId: id, limit: 10 });
      expect(trail.filter((entry) => entry.action === action)).toMatchObject([{ actor: 'operator', role: 'operator' }]);
      const row = await system.direct.db.round.findFirstOrThrow({ where: { eventId: id } });
      expect(row[field]).toBeTruthy();
    }
    expect(await operator.admin.event.resume.mutate({ eventId: paused.id })).toMatchObject({ phase: 'open' });
  });
});

async function timed<T>(call: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  try {
    return await call();
  } finally {
    expect(performance.now() - startedMs, call.toString()).toBeLessThan(boundMs);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { serve } from '../../api/serve.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { expectHonestErrors, prove } from '../support/prove.ts';
import { createEvent, crowdAt, someUsers, startApi, startWorker, useDirect } from '../support/system.ts';
import type { TestServer } from '../support/test-servers.ts';
import { useRedisServer, useMariaDbServer } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const redis = useRedisServer();
const mysql = useMariaDbServer();
const servers = () => ({ redisUrl: redis.url, databaseUrl: mysql.url });
const direct = useDirect(servers);

/** The connections to the servers, except those of this test. */
async function connections(): Promise<{ redis: string[]; mysql: string[] }> {
  const clients = [...String(await direct.redis.client('LIST')).matchAll(/ name=(\S*) .* cmd=(\S*)/g)];
  const sessions = await direct.db.$queryRaw<{ id: bigint; command: string }[]>`
    SELECT id, command FROM information_schema.processlist WHERE user = 'firstcome' AND id <> CONNECTION_ID()`;
  return {
    redis: clients.filter(([, name]) => name !== 'test').map(([, name = '', command = '']) => `${name} ${command}`),
    mysql: sessions.map(({ id, command }) => `${id} ${command}`),
  };
}

it('after a SIGTERM in a burst of claims, accepted calls are answered and stored, and no connection remains', async () => {
  const before = await connections();
  const [going, staying, worker] = await Promise.all([
    startApi(servers()),
    startApi(servers()),
    startWorker(servers()),
  ]);
  const event = await createEvent(going, { stock: 700 });
  const crowd = crowdAt([going, staying], event, { userIds: someUsers(800), overMs: 1_500 });
  await crowd.untilIssued(200);
  expect((await connections()).redis.length).toBeGreaterThan(before.redis.length);
  const [apiInTime, workerInTime] = await Promise.all([going.process.stop(), worker.stop()]);
  expect({ apiInTime, workerInTime }).toEqual({ apiInTime: true, workerInTime: true });
  expect([await going.process.ended, await worker.ended]).toMatchObject([{ code: 0 }, { code: 0 }]);
  await crowd.done;
  expectHonestErrors(crowd.answers);
  // If a call had been decided but not answered, the user's next call would get a replay.
  const unanswered = new Set(
    crowd.answers.filter(({ outcome }) => outcome.status === 'unknown').map(({ userId }) => userId),
  );
  const replayed = crowd.answers.filter(({ outcome }) => outcome.status === 'issued' && outcome.replayed);
  expect(replayed.filter(({ userId }) => unanswered.has(userId))).toEqual([]);

  await using next = await startWorker(servers());
  await prove(direct, event, { issued: 700, apis: [staying], answers: crowd.answers });
  expect(await staying.process.stop()).toBe(true);
  expect(await next.stop()).toBe(true);
  await waitFor(
    async () => {
      const now = await connections();
      const left = now.redis.length - before.redis.length + (now.mysql.length - before.mysql.length);
      return left === 0 || Promise.reject(new Error(JSON.stringify({ before, now })));
    },
    { what: 'every connection to be gone' },
  );
});

it('a platform that is opened and closed repeatedly in one process leaves no socket, server or timer', async () => {
  const env = parseEnv({
    ...{ REDIS_URL: servers().redisUrl, DATABASE_URL: servers().databaseUrl, PORT: '0', LOG_LEVEL: 'silent' },
    AUTH_SECRET: 'x'.repeat(32),
  });
  const cycle = async () => {
    const serving = await serve(env, createLog('api', 'silent'));
    expect(await serving.stop()).toBe(true);
  };
  await cycle();
  const settled = async () => {
    // Handles that are being closed disappear within the next turns of the event loop.
    await sleep(100);
    return countResources();
  };
  const before = await settled();
  for (let i = 0; i < 5; i += 1) await cycle();
  await waitFor(
    async () => {
      const now = await settled();
      const more = Object.keys(now).filter((kind) => (now[kind] ?? 0) > (before[kind] ?? 0));
      return more.length === 0 || Promise.reject(new Error(JSON.stringify({ before, now })));
    },
    { what: 'everything to be closed' },
  );
});

describe.each<[string, (server: TestServer) => Promise<void>, (server: TestServer) => Promise<void>]>([
  ['dead', (server) => server.kill9(), (server) => server.restart()],
  ['hanging', (server) => Promise.resolve(server.pause()), (server) => Promise.resolve(server.resume())],
])('while Redis and MySQL are %s,', (_what, fail, mend) => {
  it('running processes, and processes that start in this state, exit by themselves', async () => {
    const [api, worker] = await Promise.all([startApi(servers()), startWorker(servers())]);
    await Promise.all([fail(redis), fail(mysql)]);
    const [lateApi, lateWorker] = await Promise.all([startApi(servers()), startWorker(servers())]);
    const processes = [api.process, worker, lateApi.process, lateWorker];
    const inTime = await Promise.all(processes.map((process) => process.stop()));
    await Promise.all([mend(redis), mend(mysql)]);
    expect(inTime).toEqual([true, true, true, true]);
    // In this state, an API process has nothing to finish. A worker may give up a waiting job, and reports it if it
    // does.
    for (const process of [api.process, lateApi.process]) {
      expect(/"event":"close_\w+".*/.exec(process.output())).toBeNull();
      expect(await process.ended).toMatchObject({ code: 0 });
    }
    for (const process of [worker, lateWorker]) {
      const { code } = await process.ended;
      expect(code === 0 || process.output().includes('"event":"close_deadline"')).toBe(true);
    }
  });
});

function countResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

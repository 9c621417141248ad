import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../core/mysql/migrate.ts';
import { seededRandom } from '../../proof/flash-sale/crowd.ts';
import type { TestProcess } from '../support/processes.ts';
import { startMariaDb, startRedis, type TestRedisServer, type TestServer } from '../support/test-servers.ts';
import { expectBounded, expectHonestErrors, prove } from './prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  someUsers,
  startApi,
  startWorker,
  type ApiProcess,
  type DirectStores,
  type ProcessOptions,
} from './system.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let redis: TestRedisServer;
let mysql: TestServer;
let proxy: TcpProxy;
let servers: ProcessOptions;
let direct: DirectStores;
let apis: [ApiProcess, ApiProcess];
let worker: TestProcess;

beforeAll(async () => {
  [redis, mysql] = await Promise.all([startRedis(), startMariaDb()]);
  await migrate({ databaseUrl: mysql.url });
  proxy = await startTcpProxy(redis.port);
  direct = openDirect({ redisUrl: redis.url, databaseUrl: mysql.url });
  servers = { redisUrl: proxy.through(redis.url), databaseUrl: mysql.url };
  const started = await Promise.all([startApi(servers), startApi(servers), startWorker(servers)]);
  apis = [started[0], started[1]];
  worker = started[2];
});
afterAll(async () => {
  await Promise.all([...apis, worker].map((process) => process[Symbol.asyncDispose]()));
  await proxy[Symbol.asyncDispose]();
  await direct[Symbol.asyncDispose]();
  await Promise.all([redis[Symbol.asyncDispose](), mysql[Symbol.asyncDispose]()]);
});

/** What each fault takes the next is not spared of: processes come back while others go. */
const faults: Record<string, () => Promise<unknown>> = {
  'an API process is killed': async () => {
    await apis[0].process.kill9();
    await apis[0].restart();
  },
  'the other API process hangs': async () => {
    apis[1].process.signal('SIGSTOP');
    await sleep(700);
    apis[1].process.signal('SIGCONT');
  },
  'the worker is killed': async () => {
    await worker.kill9();
    worker = await startWorker(servers);
  },
  'Redis is killed while it rewrites its file': async () => {
    await direct.redis.bgrewriteaof().catch(() => undefined);
    await redis.kill9();
    await redis.restart();
  },
  'Redis hangs': async () => {
    redis.pause();
    await sleep(700);
    redis.resume();
  },
  'MySQL is killed': async () => {
    await mysql.kill9();
    await mysql.restart();
  },
  'MySQL hangs': async () => {
    mysql.pause();
    await sleep(1_500);
    mysql.resume();
  },
  'the network is cut': () => Promise.resolve(proxy.cut()),
  'scripts are forgotten': () => direct.redis.script('FLUSH'),
};

it('everything that can die dies, in any order and at once, in the middle of three sales: each is exact', async ({
  annotate,
}) => {
  const seed = Number(process.env['STORM_SEED'] ?? Date.now() % 100_000);
  await annotate(`seed ${seed}`);
  const random = seededRandom(seed);
  const events = await Promise.all([300, 500, 700].map((stock) => createEvent(apis[0], { stock })));
  const userIds = someUsers(600);
  const crowds = events.map((event) => crowdAt(apis, event, { userIds, overMs: 9_000, limitMs: 50_000 }));
  const names = Object.keys(faults)
    .map((name) => ({ name, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
  // A fault begins when the one before it may still be going on, but none begins twice.
  const running = names.map(async (name, i) => {
    await sleep((i + random()) * 900);
    await faults[name]?.();
  });
  await Promise.all(running);
  await Promise.all(crowds.map(({ done }) => done));
  for (const [i, event] of events.entries()) {
    const answers = crowds[i]?.answers ?? [];
    const issued = Math.min(event.stock, userIds.length);
    await prove(direct, event, { issued, apis, answers });
  }
  expect(crowds.flatMap(({ answers }) => answers).some(({ outcome }) => outcome.status === 'unknown')).toBe(true);
});

it('Redis restarts while MySQL is dead: nobody can tell whether its gate is old, so claims wait for MySQL', async () => {
  const event = await createEvent(apis[0], { stock: 60 });
  const before = crowdAt(apis, event, { userIds: someUsers(40) });
  await before.done;
  await Promise.all([mysql.kill9(), redis.kill9()]);
  await redis.restart();
  const after = crowdAt(apis, event, { userIds: someUsers(40) });
  await after.untilUnknown(50);
  expect(after.answers.filter(({ outcome }) => outcome.status !== 'unknown')).toEqual([]);
  await mysql.restart();
  await after.done;
  expectHonestErrors(after.answers);
  expectBounded(after.answers);
  await prove(direct, event, { issued: 60, apis, answers: [...before.answers, ...after.answers] });
});

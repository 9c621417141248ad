import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../../proof/flash-sale/crowd.ts';
import { expectBounded, expectHonestErrors, prove } from '../support/prove.ts';
import { createEvent, crowdAt, someUsers, startWorker, useSystem } from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useMariaDbServer, useRedisServer } from '../support/use-stores.ts';

const redis = useRedisServer();
const mysql = useMariaDbServer();
const proxy = useTcpProxy(() => redis.port);
const system = useSystem(() => ({
  servers: { redisUrl: proxy.through(redis.url), databaseUrl: mysql.url },
  direct: { redisUrl: redis.url, databaseUrl: mysql.url },
}));

/** Faults overlap: one process comes back while another one dies. */
const faults: Record<string, () => Promise<unknown>> = {
  'an API process is killed': async () => {
    await system.apis[0].process.kill9();
    await system.apis[0].restart();
  },
  'the other API process hangs': async () => {
    system.apis[1].process.signal('SIGSTOP');
    await sleep(700);
    system.apis[1].process.signal('SIGCONT');
  },
  'the worker is killed': async () => {
    await system.worker.kill9();
    system.worker = await startWorker(system.servers);
  },
  'Redis is killed while it rewrites its file': async () => {
    await system.direct.redis.bgrewriteaof().catch(() => undefined);
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
  'scripts are forgotten': () => system.direct.redis.script('FLUSH'),
};

it('three sales issue exactly their stock while every process and server is killed or hangs, in any order and even at once', async ({
  annotate,
}) => {
  const seed = Number(process.env['STORM_SEED'] ?? Date.now() % 100_000);
  await annotate(`seed ${seed}`);
  const random = seededRandom(seed);
  const events = await Promise.all([300, 500, 700].map((stock) => createEvent(system.apis[0], { stock })));
  const userIds = someUsers(600);
  const crowds = events.map((event) => crowdAt(system.apis, event, { userIds, overMs: 9_000, limitMs: 50_000 }));
  const names = Object.keys(faults)
    .map((name) => ({ name, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
  // A fault may begin while another one is still going on, but each fault happens only once.
  const running = names.map(async (name, i) => {
    await sleep((i + random()) * 900);
    await faults[name]?.();
  });
  await Promise.all(running);
  await Promise.all(crowds.map(({ done }) => done));
  for (const [i, event] of events.entries()) {
    const answers = crowds[i]?.answers ?? [];
    const issued = Math.min(event.stock, userIds.length);
    await prove(system.direct, event, { issued, apis: system.apis, answers });
  }
  expect(crowds.flatMap(({ answers }) => answers).some(({ outcome }) => outcome.status === 'unknown')).toBe(true);
});

it('if Redis restarts while MySQL is down, claims wait for MySQL, because only MySQL shows whether the gate is too old', async () => {
  const event = await createEvent(system.apis[0], { stock: 60 });
  const before = crowdAt(system.apis, event, { userIds: someUsers(40) });
  await before.done;
  await Promise.all([mysql.kill9(), redis.kill9()]);
  await redis.restart();
  const after = crowdAt(system.apis, event, { userIds: someUsers(40) });
  await after.untilUnknown(50);
  expect(after.answers.filter(({ outcome }) => outcome.status !== 'unknown')).toEqual([]);
  await mysql.restart();
  await after.done;
  expectHonestErrors(after.answers);
  expectBounded(after.answers);
  await prove(system.direct, event, { issued: 60, apis: system.apis, answers: [...before.answers, ...after.answers] });
});

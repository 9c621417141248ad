import { expect, it } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import { expectBounded, prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  scriptSha,
  someUsers,
  startApi,
  useApi,
  useDirect,
  useWorker,
} from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = useTestStores();
const direct = useDirect(() => stores);
const redisProxy = useTcpProxy(() => Number(new URL(stores.redisUrl).port));
/** `hurt` is the process that a test damages. It reaches Redis through the proxy. */
const hurt = useApi(() => ({ ...stores, redisUrl: redisProxy.through(stores.redisUrl) }));
const other = useApi(() => stores);
useWorker(() => stores);

it('after a kill -9 in a burst of claims, a user who got no reply asks again and has one claim', async () => {
  const event = await createEvent(other, { stock: 600 });
  const crowd = crowdAt([hurt, other], event, { userIds: someUsers(900), overMs: 1_500 });
  for (const issued of [100, 300]) {
    await crowd.untilIssued(issued);
    await hurt.process.kill9();
    await hurt.restart();
  }
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown').length).toBeGreaterThan(0);
  await prove(direct, event, { issued: 600, apis: [hurt, other], answers: crowd.answers });
});

it.each(['SIGKILL', 'SIGSTOP, then SIGKILL'])('after %s between decision and reply, the claim exists', async (how) => {
  const event = await createEvent(other, { stock: 5 });
  const warm = crowdAt([hurt, other], event, { userIds: someUsers(2) });
  await warm.done;

  const decided = holdReplyOf('decide-claims');
  const [user] = someUsers(1);
  if (user === undefined) throw new Error('nobody');
  const first = crowdAt([hurt, other], event, { userIds: [user] });
  await decided;
  const held = await direct.redis.hget(roundKeys(event.id, 1).winners, user);
  expect(held).toMatch(/^3:/);
  if (how.startsWith('SIGSTOP')) hurt.process.signal('SIGSTOP');
  await hurt.process.kill9();
  await first.done;
  expect(first.answers.map(({ outcome }) => outcome.status)).toEqual(['unknown', 'issued']);
  expect(first.answers[1]?.outcome).toMatchObject({ serial: 3, replayed: true });
  redisProxy.onRequest = redisProxy.onReply = undefined;
  redisProxy.release();
  await hurt.restart();

  const rest = crowdAt([hurt, other], event, { userIds: someUsers(6) });
  await rest.done;
  const answers = [...warm.answers, ...first.answers, ...rest.answers];
  await prove(direct, event, { issued: 5, apis: [hurt, other], answers });
});

it('during a SIGSTOP of 5 s in a burst of claims, the other processes continue, and each interrupted claim is stored once', async () => {
  const event = await createEvent(other, { stock: 800 });
  const userIds = someUsers(900);
  const half = userIds.length / 2;
  const atOther = crowdAt([other], event, { userIds: userIds.slice(0, half), overMs: 1_500 });
  const atHurt = crowdAt([hurt], event, { userIds: userIds.slice(half), overMs: 1_500 });
  await atHurt.untilIssued(100);
  hurt.process.signal('SIGSTOP');
  const stoppedAtMs = performance.now();
  await atOther.done;
  expectBounded(atOther.answers);
  await waitFor(() => performance.now() - stoppedAtMs > 5_000, { what: '5 s' });
  hurt.process.signal('SIGCONT');
  await atHurt.done;
  await prove(direct, event, { issued: 800, apis: [hurt, other], answers: [...atOther.answers, ...atHurt.answers] });
});

it('with several processes and several events at once, each event issues exactly its stock', async () => {
  const events = await Promise.all([40, 150, 500].map((stock) => createEvent(other, { stock })));
  const userIds = someUsers(300);
  const crowds = events.map((event) => crowdAt([hurt, other], event, { userIds }));
  await Promise.all(crowds.map(({ done }) => done));
  for (const [i, event] of events.entries()) {
    const answers = crowds[i]?.answers ?? [];
    await prove(direct, event, { issued: Math.min(event.stock, userIds.length), apis: [hurt, other], answers });
  }
});

it('after a kill -9 of one process behind a shared port, the other processes keep serving and a new process replaces it', async () => {
  await using shared = await startApi({ ...stores, env: { WEB_CONCURRENCY: '2' } });
  const readyPids = () =>
    [...shared.process.output().matchAll(/"pid":(\d+),"event":"api_ready"/g)].map(([, pid]) => Number(pid));
  await waitFor(() => readyPids().length === 2, { what: 'two processes' });
  const event = await createEvent(shared, { stock: 700 });
  const crowd = crowdAt([shared], event, { userIds: someUsers(800), overMs: 1_500 });
  for (const issued of [100, 300]) {
    await crowd.untilIssued(issued);
    const before = readyPids();
    process.kill(before.at(-1) ?? 0, 'SIGKILL');
    await waitFor(() => readyPids().length > before.length, { what: 'another process', limitMs: 15_000 });
  }
  await crowd.done;
  await prove(direct, event, { issued: 700, apis: [shared], answers: crowd.answers });
  expect(await shared.process.stop()).toBe(true);
});

/** Lets a script reach Redis, and withholds Redis's reply from `hurt`. Resolves once the reply is withheld. */
function holdReplyOf(script: string): Promise<void> {
  const sha = scriptSha(script);
  const { promise, resolve } = Promise.withResolvers<void>();
  redisProxy.onRequest = (chunk, link) => {
    if (chunk.includes(sha)) link.marks.add(script);
    return 'pass';
  };
  redisProxy.onReply = (_chunk, link) => {
    if (!link.marks.has(script)) return 'pass';
    resolve();
    return 'hold';
  };
  return promise;
}

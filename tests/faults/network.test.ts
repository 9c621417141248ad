import { afterEach, expect, it } from 'vitest';
import { expectBounded, expectHonestErrors, prove } from '../support/prove.ts';
import { createEvent, crowdAt, scriptSha, someUsers, useSystem } from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useRedisServer, useTestDatabase } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * The network between our processes and Redis misbehaves. Codes depend on the user, so the tests notice a reply that
 * goes to the wrong user.
 */

const redis = useRedisServer();
const database = useTestDatabase();
const proxy = useTcpProxy(() => redis.port);
const system = useSystem(() => ({
  servers: { redisUrl: proxy.through(redis.url), databaseUrl: database.databaseUrl },
  direct: { redisUrl: redis.url, databaseUrl: database.databaseUrl },
}));
afterEach(() => {
  proxy.onRequest = proxy.onReply = undefined;
  proxy.latencyMs = 0;
});

it.each<[string, (length: number) => number]>([
  ['after one byte', () => 1],
  ['in the middle', (length) => length >> 1],
  ['before the last byte', (length) => length - 1],
])('if pipelined replies are repeatedly cut %s, every user still gets their own claim', async (_where, at) => {
  const event = await createEvent(system.apis[0], { stock: 500 });
  const sha = scriptSha('decide-claims');
  let cuts = 0;
  let replies = 0;
  proxy.onRequest = (chunk, link) => {
    if (chunk.includes(sha)) link.marks.add('decides');
    return 'pass';
  };
  proxy.onReply = (chunk, link) => {
    if (!link.marks.has('decides') || cuts === 6 || (replies += 1) % 3 > 0) return 'pass';
    cuts += 1;
    return { cutAfter: at(chunk.length) };
  };
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 1_500 });
  await crowd.done;
  expect(cuts).toBeGreaterThan(1);
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
});

it('a network that adds 200 ms each way makes a sale slower, and changes nothing else', async () => {
  const event = await createEvent(system.apis[0], { stock: 300 });
  proxy.latencyMs = 200;
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(400), overMs: 1_000 });
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown')).toEqual([]);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 300, apis: system.apis, answers: crowd.answers });
});

it('after replies that arrive too late for their calls, later calls get their own replies', async () => {
  const event = await createEvent(system.apis[0], { stock: 500 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 4_000 });
  await crowd.untilIssued(30);
  proxy.hold();
  // The calls give up after 1.5 s. The calls' connection is dropped only later.
  await crowd.untilUnknown(1);
  proxy.release();
  await crowd.done;
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
});

it('in a black hole, every call gets 503 in time, and everything works again afterwards', async () => {
  const event = await createEvent(system.apis[0], { stock: 500 });
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 3_000 });
  await crowd.untilIssued(100);
  proxy.hold();
  const heldAtMs = performance.now();
  await waitFor(() => performance.now() - heldAtMs > 5_000, { what: '5 s' });
  // Only now do the requests from the black hole reach Redis, long after their callers gave up.
  proxy.release();
  await crowd.done;
  expect(crowd.answers.filter(({ outcome }) => outcome.status === 'unknown').length).toBeGreaterThan(100);
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
});

it('after a network route fails silently, every process reconnects by itself', async () => {
  const event = await createEvent(system.apis[0], { stock: 500 });
  const ids = async (): Promise<string[]> =>
    [...String(await system.direct.redis.client('LIST')).matchAll(/^id=(\d+) .* name=(\S*)/gm)]
      .filter(([, , name]) => name !== 'test')
      .map(([, id, name]) => `${id} ${name}`);
  const before = await ids();
  expect(before.length).toBeGreaterThanOrEqual(2 * system.apis.length + 3);
  const crowd = crowdAt(system.apis, event, { userIds: someUsers(600), overMs: 3_000 });
  await crowd.untilIssued(100);
  proxy.strand();
  await crowd.done;
  expectHonestErrors(crowd.answers);
  expectBounded(crowd.answers);
  await prove(system.direct, event, { issued: 500, apis: system.apis, answers: crowd.answers });
  await waitFor(
    async () => {
      const old = (await ids()).filter((id) => before.includes(id));
      return old.length === 0 || Promise.reject(new Error(`still there: ${old.join(', ')}`));
    },
    { what: 'each connection to be given up', limitMs: 40_000 },
  );
  await waitFor(async () => (await ids()).length === before.length, { what: 'the new connections' });
});

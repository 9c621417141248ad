import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readOutbox } from '../../core/engines/stream/outbox.ts';
import { readGate } from '../../core/gate/gate.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { prove, toldIssued } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  openDirect,
  readChecks,
  scriptSha,
  someUsers,
  startApi,
  startWorker,
  tokenOf,
  type DirectStores,
  type TestEvent,
} from '../support/system.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startRedis, type TestRedisServer } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * A power loss is simulated by a kill -9 of Redis, which also removes from its append-only file everything that was not
 * fsynced.
 */

const aofBytes = (redis: TestRedisServer): number => statSync(redis.aofFile()).size;

it('a power loss never loses anything that a user was promised, and never leaves half of a decision', async () => {
  await using redis = await startRedis();
  await using database = await createTestDatabase();
  const { databaseUrl } = database;
  await using direct = openDirect({ redisUrl: redis.url, databaseUrl });
  await using proxy = await startTcpProxy(redis.port);
  await using api = await startApi({ redisUrl: proxy.through(redis.url), databaseUrl });
  const event = await createEvent(api, { stock: 400 });
  const told = crowdAt([api], event, { userIds: someUsers(150) });
  await told.done;
  const bytesTold = aofBytes(redis);

  // From here on, no user gets an answer, because the proxy withholds the script's replies.
  const sha = scriptSha('decide-claims');
  proxy.onRequest = (chunk, link) => {
    if (chunk.includes(sha)) link.marks.add('decides');
    return 'pass';
  };
  proxy.onReply = (_chunk, link) => (link.marks.has('decides') ? 'hold' : 'pass');
  const untold = crowdAt([api], event, { userIds: someUsers(300) });
  // At least one batch was decided. The batch's size depends on the machine's load. The next batch waits for the reply.
  await waitFor(async () => ((await readGate(direct.redis, event.id))?.issued ?? 0) > 150, {
    what: 'claims that nobody was told about',
  });
  proxy.hold();
  const bytesDecided = aofBytes(redis);

  for (const share of [0.95, 0.6, 0.3, 0.001]) {
    await redis.kill9();
    // Redis itself has already cut off the rest of a torn write, which may be more than this test planned to cut.
    redis.truncateAof(Math.min(aofBytes(redis), bytesTold + Math.ceil((bytesDecided - bytesTold) * share)));
    await redis.restart();
    await expectWhole(direct, event, 150);
  }
  proxy.onRequest = proxy.onReply = undefined;
  // Cut the file before the proxy is released. Otherwise the proxy could pass on a reply about a lost decision.
  proxy.cut();
  proxy.release();
  await untold.done;
  expect(toldIssued(untold.answers)).toHaveLength(250);
  expect(toldIssued(untold.answers).filter(({ outcome }) => outcome.replayed)).toEqual([]);
  await using _worker = await startWorker({ redisUrl: redis.url, databaseUrl });
  await prove(direct, event, { issued: 400, apis: [api], answers: [...told.answers, ...untold.answers] });
});

it('if power is lost while Redis fsyncs only every second, which readiness calls "weaker", the event stops instead of selling twice', async ({
  annotate,
}) => {
  await using redis = await startRedis({ appendfsync: 'everysec' });
  await using database = await createTestDatabase();
  const servers = { redisUrl: redis.url, databaseUrl: database.databaseUrl };
  await using direct = openDirect(servers);
  await using api = await startApi(servers);
  await using worker = await startWorker(servers);
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  expect(await readChecks(api)).toMatchObject({
    durability: { ok: false, detail: expect.stringContaining('weaker') as string },
  });

  const event = await createEvent(api, { stock: 500 });
  const kept = crowdAt([api], event, { userIds: someUsers(50) });
  await kept.done;
  const bytesSynced = aofBytes(redis);
  const cutOff = crowdAt([api], event, { userIds: someUsers(150) });
  await cutOff.done;
  const rows = () => direct.db.claim.findMany({ where: { eventId: event.id }, orderBy: { serial: 'asc' } });
  const stored = await waitFor(
    async () => {
      const all = await rows();
      return all.length === 200 ? all : null;
    },
    { what: '200 rows' },
  );
  await redis.kill9();
  redis.truncateAof(bytesSynced);
  await redis.restart();
  const lost = 200 - (await direct.redis.hlen(roundKeys(event.id, 1).winners));
  await annotate(`everysec: the power loss took ${lost} of 200 told claims from Redis; MySQL has all of them`);

  const late = crowdAt([api], event, { userIds: someUsers(50), limitMs: 3_000 });
  await expect(late.done).rejects.toThrow(/HTTP 503 gate_lost/);
  expect(late.answers.filter(({ outcome }) => outcome.status !== 'unknown')).toEqual([]);
  await worker.outputMatching(new RegExp(`"event":"gate_lost","eventId":"${event.id}"`));
  expect(await rows()).toEqual(stored);
  expect(await readChecks(api)).toMatchObject({
    lost_gates: { ok: false, detail: expect.stringContaining(event.id) as string },
  });
  const [winner] = toldIssued(cutOff.answers);
  const seen = await api.client(tokenOf(winner?.userId ?? '')).claim.mine.query({ eventId: event.id });
  expect(seen).toMatchObject({ serial: winner?.outcome.serial, state: 'persisted' });
});

/**
 * Checks that the gate, the winners and the outbox are from the same moment, and that at least `issuedLeast` claims had
 * been issued by then.
 */
async function expectWhole({ redis }: DirectStores, event: TestEvent, issuedLeast: number): Promise<void> {
  const issued = (await readGate(redis, event.id))?.issued ?? 0;
  expect(issued).toBeGreaterThanOrEqual(issuedLeast);
  expect(await redis.hlen(roundKeys(event.id, 1).winners)).toBe(issued);
  const entries = await readOutbox(redis, event.id, 1, 10_000);
  expect(entries.reduce((claims, { userIds }) => claims + userIds.length, 0)).toBe(issued);
}

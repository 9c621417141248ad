import { expect, it } from 'vitest';
import { createFirstcomeClient } from '../../api/client/index.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { shuffleScore } from '../../core/engines/line/line-scripts.ts';
import { answered } from '../support/answered.ts';
import { someUsers, startWorker, tokenOf, useSystem, type ApiProcess } from '../support/system.ts';
import { useRedisServer, useTestDatabase } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/** The waiting line, while the processes that serve it are killed. */
const redis = useRedisServer();
const database = useTestDatabase();
const system = useSystem(() => ({ servers: { redisUrl: redis.url, databaseUrl: database.databaseUrl } }));

const userAt = (api: ApiProcess, userId: string) => createFirstcomeClient({ url: api.url, token: tokenOf(userId) });
const apiFor = (at: number): ApiProcess => system.apis[at % 2 === 0 ? 0 : 1];

async function createLined(change: object) {
  const operator = createFirstcomeClient({ url: system.apis[1].url, token: tokenOf('operator', 'operator') });
  await operator.clock.get.query();
  return operator.admin.event.create.mutate({
    ...{ name: 'Line in a storm', amount: 10_000, stock: 30, opensAt: new Date().toISOString(), line: 'fifo' as const },
    ...change,
  });
}

const statusOf = (at: number, eventId: string, userId: string) =>
  answered(() => userAt(apiFor(at), userId).line.status.query({ eventId }));

it('every place that was told is still there after a kill -9 of Redis, an API process and the worker, and nobody is sold more than the stock', async () => {
  const { id: eventId } = await createLined({ stock: 30, admitPerSecond: 0 });
  const people = someUsers(90);
  const told = new Map<string, number>();
  const joinAll = Promise.all(
    people.map(async (userId, at) => {
      const joined = await answered(() => userAt(apiFor(at), userId).line.join.mutate({ eventId }));
      told.set(userId, joined.place ?? 0);
    }),
  );
  await waitFor(() => told.size >= 20, { what: 'some people in line', limitMs: 30_000 });
  await redis.kill9();
  await redis.restart();
  await waitFor(() => told.size >= 50, { what: 'more people in line', limitMs: 30_000 });
  await system.apis[0].process.kill9();
  await system.apis[0].restart();
  await joinAll;
  expect([...told.values()].toSorted((a, b) => a - b)).toEqual(people.map((_, at) => at + 1));
  for (const [at, userId] of people.entries()) {
    expect(await statusOf(at, eventId, userId)).toMatchObject({ status: 'waiting', place: told.get(userId) });
  }

  const operator = createFirstcomeClient({ url: system.apis[1].url, token: tokenOf('operator', 'operator') });
  await operator.admin.event.update.mutate({ eventId, admitPerSecond: 40 });
  const outcomes = people.map(async (userId, at) => {
    for (;;) {
      const own = await statusOf(at, eventId, userId);
      if (own.status === 'has_coupon') return 'issued';
      if (own.status === 'admitted') {
        const { status } = await answered(() => userAt(apiFor(at + 1), userId).claim.submit.mutate({ eventId }));
        if (status !== 'not_admitted') return status;
      } else if (own.line.phase === 'sold_out') return 'sold_out';
    }
  });
  const { winners, passes } = roundKeys(eventId, 1);
  await waitFor(async () => (await system.direct.redis.hlen(winners)) >= 5, { what: 'claims', limitMs: 30_000 });
  await system.worker.kill9();
  await redis.kill9();
  await redis.restart();
  system.worker = await startWorker(system.servers);
  await waitFor(async () => (await system.direct.redis.hlen(winners)) >= 15, { what: 'claims', limitMs: 30_000 });
  await system.apis[1].process.kill9();
  await system.apis[1].restart();
  const ends = await Promise.all(outcomes);
  expect(ends.filter((status) => status === 'issued')).toHaveLength(30);
  // Nobody was overtaken: the coupons went to the first thirty.
  expect((await system.direct.redis.hkeys(winners)).toSorted()).toEqual(
    people.filter((userId) => (told.get(userId) ?? 0) <= 30).toSorted(),
  );
  expect(await system.direct.redis.zcard(passes)).toBe(0);
});

it('a kill -9 of Redis around the seal of a shuffle changes nobody’s position', async () => {
  const { id: eventId } = await createLined({
    ...{ stock: 5, line: 'shuffle', admitPerSecond: 0 },
    opensAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const people = someUsers(40);
  const entries = new Map<string, string>();
  for (const [at, userId] of people.entries()) {
    const joined = await answered(() => userAt(apiFor(at), userId).line.join.mutate({ eventId }));
    entries.set(userId, joined.entry ?? '');
  }
  await redis.kill9();
  await redis.restart();
  const operator = createFirstcomeClient({ url: system.apis[1].url, token: tokenOf('operator', 'operator') });
  await answered(() =>
    operator.admin.event.update.mutate({ eventId, opensAt: new Date(Date.now() + 500).toISOString() }),
  );
  await redis.kill9();
  await redis.restart();
  const anybody = createFirstcomeClient({ url: system.apis[0].url });
  await answered(async () => {
    const { seed } = await anybody.line.serving.query({ eventId });
    if (seed === null) throw new Error('not sealed');
  });
  const sealed = await anybody.line.entries.query({ eventId });
  await redis.kill9();
  await redis.restart();
  const again = await answered(() => anybody.line.entries.query({ eventId }));
  expect(again).toEqual(sealed);
  const seed = sealed.seed ?? '';
  expect(sealed.entries).toEqual(
    [...entries.values()].toSorted((a, b) => shuffleScore(seed, a) - shuffleScore(seed, b)),
  );
  for (const [at, userId] of people.entries()) {
    const place = sealed.entries.indexOf(entries.get(userId) ?? '') + 1;
    expect(await statusOf(at, eventId, userId)).toMatchObject({ status: 'waiting', place });
  }
});

import { describe, expect, it } from 'vitest';
import { roundKeys } from '../../core/redis/keys.ts';
import { prove } from '../support/prove.ts';
import {
  createEvent,
  crowdAt,
  scriptSha,
  someUsers,
  startWorker,
  useApi,
  useDirect,
  type TestEvent,
} from '../support/system.ts';
import { useTcpProxy } from '../support/tcp-proxy.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = useTestStores();
const direct = useDirect(() => stores);
const redisProxy = useTcpProxy(() => Number(new URL(stores.redisUrl).port));
const api = useApi(() => stores);

const startHurtWorker = () => startWorker({ ...stores, redisUrl: redisProxy.through(stores.redisUrl) });
const rowsOf = (event: TestEvent) =>
  direct.db.claim.findMany({ where: { eventId: event.id }, orderBy: { serial: 'asc' } });
const entriesOf = (event: TestEvent) => direct.redis.xlen(roundKeys(event.id, 1).outbox);

/**
 * Lets this many deletions of outbox entries pass, and withholds the next one from Redis after MySQL has committed its
 * claims. Resolves once that deletion is withheld.
 */
function holdSettlement(passing: number): Promise<void> {
  const sha = scriptSha('settle-outbox');
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  redisProxy.onRequest = (chunk) => {
    if (!chunk.includes(sha)) return 'pass';
    seen += 1;
    if (seen <= passing) return 'pass';
    resolve();
    return 'hold';
  };
  return promise;
}

/** Accepts more claims than fit into one batch, without draining any. */
async function sellWithoutWorker(count: number) {
  const event = await createEvent(api, { stock: count });
  const crowd = crowdAt([api], event, { userIds: someUsers(count) });
  await crowd.done;
  return { event, crowd };
}

describe('a worker killed with kill -9', () => {
  it('again and again in the middle of a sale still leaves each claim stored once', async () => {
    const event = await createEvent(api, { stock: 1_200 });
    const crowd = crowdAt([api], event, { userIds: someUsers(1_300), overMs: 3_000 });
    for (const rows of [1, 300, 600]) {
      const worker = await startWorker(stores);
      await waitFor(async () => (await rowsOf(event)).length >= rows, { what: `${rows} rows`, limitMs: 30_000 });
      await worker.kill9();
    }
    await crowd.done;
    await using _worker = await startWorker(stores);
    await prove(direct, event, { issued: 1_200, apis: [api], answers: crowd.answers });
  });

  it('between the commit and the deletion of the outbox entries causes a replay that changes no row', async () => {
    const { event, crowd } = await sellWithoutWorker(1_500);
    const held = holdSettlement(0);
    const worker = await startHurtWorker();
    await held;
    const [rows, entries] = [await rowsOf(event), await entriesOf(event)];
    await worker.kill9();
    expect(rows.length).toBeGreaterThan(0);
    expect(entries).toBeGreaterThan(0);
    redisProxy.onRequest = undefined;
    redisProxy.cut();

    await using _next = await startWorker(stores);
    await prove(direct, event, { issued: 1_500, apis: [api], answers: crowd.answers });
    // The rows still have their original times, so no row was written again.
    expect((await rowsOf(event)).slice(0, rows.length)).toEqual(rows);
  });
});

it('a worker that hangs longer than its lock lasts is replaced by another worker, and stores nothing twice when it resumes', async () => {
  const { event, crowd } = await sellWithoutWorker(1_500);
  const held = holdSettlement(0);
  await using hung = await startHurtWorker();
  await held;
  const jobsActive = () => direct.redis.llen('{fc}:firstcome:active');
  await waitFor(async () => (await jobsActive()) > 0, { what: 'a job under way' });
  hung.signal('SIGSTOP');
  redisProxy.onRequest = undefined;
  const rows = await rowsOf(event);

  await using _next = await startWorker(stores);
  await waitFor(async () => (await entriesOf(event)) === 0, { what: 'an empty outbox', limitMs: 40_000 });
  // The hung worker's lock has expired once the job is done or belongs to another worker.
  await waitFor(async () => (await jobsActive()) === 0, {
    what: 'another worker to take over its jobs',
    limitMs: 40_000,
  });
  const all = await rowsOf(event);
  hung.signal('SIGCONT');
  redisProxy.release();
  const later = crowdAt([api], event, { userIds: someUsers(1) });
  await later.done;
  expect(await hung.stop()).toBe(true);

  await prove(direct, event, { issued: 1_500, apis: [api], answers: [...crowd.answers, ...later.answers] });
  expect(await rowsOf(event)).toEqual(all);
  expect(all.slice(0, rows.length)).toEqual(rows);
});

it('two workers at once store every claim once, and seed each event once', async () => {
  await using _a = await startWorker(stores);
  await using _b = await startWorker(stores);
  const events = await Promise.all([300, 300, 300].map((stock) => createEvent(api, { stock })));
  const userIds = someUsers(400);
  const crowds = events.map((event) => crowdAt([api], event, { userIds, overMs: 500 }));
  await Promise.all(crowds.map(({ done }) => done));
  for (const [i, event] of events.entries()) {
    await prove(direct, event, { issued: 300, apis: [api], answers: crowds[i]?.answers ?? [] });
  }
});

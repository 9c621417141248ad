import { createConnection, type Connection } from 'mariadb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLookupBudget } from '../../core/events/lookup-budget.ts';
import { migrate } from '../../core/mysql/migrate.ts';
import { createTestRedis } from '../support/test-redis.ts';
import { startMariaDb } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { userToken } from './tokens.ts';

/** This file starts its own MySQL, because it checks MySQL's counters. */

let database: Awaited<ReturnType<typeof startMariaDb>>;
let redis: Awaited<ReturnType<typeof createTestRedis>>;
let mysql: Connection;
let office: RealApi;
beforeAll(async () => {
  [database, redis] = await Promise.all([startMariaDb(), createTestRedis()]);
  await migrate({ databaseUrl: database.url });
  const { hostname: host, port, username: user, password } = new URL(database.url);
  mysql = await createConnection({ host, port: Number(port), user, password });
  office = await openApi();
});
afterAll(async () => {
  await office[Symbol.asyncDispose]();
  await mysql.end();
  await Promise.all([database[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
});

const openApi = () => openRealApi({ DATABASE_URL: database.url, REDIS_URL: redis.redisUrl });

async function selects(): Promise<number> {
  const [row] = await mysql.query<{ Value: string }[]>(`SHOW GLOBAL STATUS LIKE 'Com_select'`);
  return Number(row?.Value);
}

/** Creates an event without a gate, so that only MySQL knows it. */
async function createEvent(strategy = 'redis-stream'): Promise<string> {
  const opensAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { name: 'Later', amount: 1_000, stock: 10, strategy, opensAt };
  const { data } = await office.admin('operator').mutate('admin.event.create', input);
  return (data as { id: string }).id;
}

let made = 0;
/** Sends ten calls in one request, each for a new id, and resolves to the answers. */
async function askForMadeUp(url: string, path: string): Promise<Answer[]> {
  const ids = Array.from({ length: 10 }, () => ({ eventId: `made-up-${(made += 1)}` }));
  const batch = `${url}/trpc/${ids.map(() => path).join(',')}?batch=1`;
  const headers = { authorization: `Bearer ${userToken('eve')}`, 'content-type': 'application/json' };
  const inputs = JSON.stringify({ ...ids });
  const response =
    path === 'claim.submit'
      ? await fetch(batch, { method: 'POST', headers, body: inputs })
      : await fetch(`${batch}&input=${encodeURIComponent(inputs)}`, { headers });
  const answers = (await response.json()) as { error: { data: { httpStatus: number; reason?: string } } }[];
  const retryAfter = response.headers.get('retry-after');
  return answers.map(({ error: { data } }) => ({ status: data.httpStatus, reason: data.reason, retryAfter }));
}

type Answer = { status: number; reason: string | undefined; retryAfter: string | null };
const paths = ['event.get', 'claim.submit', 'claim.mine'];

/** Exhausts the lookup budget of `api`, starts `work`, and keeps the budget exhausted until `work` has ended. */
async function whileFlooded<T>(api: RealApi, work: () => Promise<T>, path = 'event.get'): Promise<T> {
  let over = false;
  const refused = Promise.withResolvers<void>();
  const flood = async (): Promise<void> => {
    while (!over) {
      const answers = await askForMadeUp(api.url, path);
      if (answers.some(({ status }) => status === 429)) refused.resolve();
    }
  };
  const floods = Promise.all([flood(), flood()]);
  try {
    await Promise.race([refused.promise, floods]);
    return await work();
  } finally {
    over = true;
    await floods;
  }
}

describe('made-up event ids', () => {
  it('cost MySQL at most 100 lookups a second, and further calls are answered busy', async () => {
    await using api = await openApi();
    const startedMs = performance.now();
    const before = await selects();
    const answers: Answer[] = [];
    for (let round = 0; round < 30; round += 1) {
      for (const path of paths) answers.push(...(await askForMadeUp(api.url, path)));
    }
    // At most 100 lookups for each second that has begun, plus the queries for the newest ids and for the reports.
    const secondsBegun = Math.ceil((performance.now() - startedMs) / 1_000);
    expect((await selects()) - before).toBeLessThanOrEqual(secondsBegun * (100 + 2 + 10) + 10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(secondsBegun * 100);
    expect(refused.length + answers.filter(({ status }) => status === 404).length).toBe(900);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expect(answer).toEqual({ status: 429, reason: 'busy', retryAfter: '1' });
  });

  it.each(['redis-stream', 'db-lock'])(
    'don’t keep callers from an event that existed before these ids arrived (%s)',
    async (strategy) => {
      const eventId = await createEvent(strategy);
      await using api = await openApi();
      await whileFlooded(api, async () => {
        const crowd = Array.from({ length: 50 }, (_, user) => api.user(`fan-${user}`));
        const seen = await Promise.all(crowd.map((fan) => fan.query('event.get', { eventId })));
        const mine = await Promise.all(crowd.map((fan) => fan.query('claim.mine', { eventId })));
        expect([...seen, ...mine].map(({ status }) => status)).toEqual(Array(100).fill(200));
        expect(await api.user('fan').mutate('claim.submit', { eventId })).toMatchObject({
          data: { status: 'not_open' },
        });
      });
    },
  );

  it('don’t hide an event that another process has just created', async () => {
    await using api = await openApi();
    await whileFlooded(api, async () => {
      const eventId = await createEvent();
      const ask = async () => (await api.anyone.query('event.get', { eventId })).status === 200;
      await waitFor(ask, { what: 'the new event to be found' });
    });
  });

  it.each(paths)('don’t keep admins from changing events or signing in with a key (a flood of %s)', async (path) => {
    const eventId = await createEvent();
    const made = await office.admin('admin').mutate('admin.apiKey.create', { name: `ops-${path}`, role: 'operator' });
    const { key } = made.data as { key: string };
    await using api = await openApi();
    const work = async () => {
      const whoami = await fetch(`${api.url}/trpc/admin.whoami`, { headers: { authorization: `Bearer ${key}` } });
      expect(whoami.status).toBe(200);
      for (const change of ['admin.event.pause', 'admin.event.close']) {
        expect(await api.admin('operator').mutate(change, { eventId })).toMatchObject({ status: 200 });
      }
    };
    await whileFlooded(api, work, path);
  });

  it('get the same message in the batch lane as from tRPC’s own adapter when they are refused', async () => {
    await using api = await openApi();
    const refusals = { lane: new Set<string>(), stock: new Set<string>() };
    await whileFlooded(api, async () => {
      for (let round = 0; round < 15; round += 1) {
        const inputs = Array.from({ length: 10 }, () => ({ eventId: `made-up-${(made += 1)}` }));
        const batch = `${api.url}/trpc/${inputs.map(() => 'event.get').join(',')}?batch=1&input=`;
        const json = JSON.stringify({ ...inputs });
        // The lane only takes batches in exactly the form that tRPC's client sends.
        for (const [by, spelled] of [
          ['lane', json],
          ['stock', `${json} `],
        ] as const) {
          const response = await fetch(batch + encodeURIComponent(spelled));
          for (const answer of (await response.json()) as object[]) {
            const text = JSON.stringify(answer).replaceAll(/made-up-\d+/g, 'X');
            if (text.includes('"httpStatus":429')) refusals[by].add(text);
          }
        }
      }
    });
    expect(refusals.lane.size).toBe(1);
    expect(refusals.lane).toEqual(refusals.stock);
  });
});

it('a lookup budget allows its number of lookups in any one second, whenever that second begins', () => {
  let nowMs = 0;
  const budget = createLookupBudget(3, () => nowMs);
  const takenAt = (ms: number): boolean => {
    nowMs = ms;
    return budget.take();
  };
  expect([0, 400, 900, 950, 999].map(takenAt)).toEqual([true, true, true, false, false]);
  expect([1_000, 1_001, 1_399, 1_400, 1_900, 1_901].map(takenAt)).toEqual([true, false, false, true, true, false]);
});

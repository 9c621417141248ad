import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDb, type Db } from '../../../core/mysql/open-db.ts';
import { createPace, readRowsInserted, restsPerWork } from '../../../core/reconcile/pace.ts';
import { openLab, users } from '../../support/lab.ts';
import { createTestStores, type TestStores } from '../../support/test-stores.ts';

let stores: TestStores;
let db: Db;
beforeAll(async () => {
  stores = await createTestStores();
  db = openDb(stores.databaseUrl);
});
afterAll(async () => {
  await db.$disconnect();
  await stores[Symbol.asyncDispose]();
});

/**
 * Reads pages. Each page takes 10 ms by a simulated clock, while rows arrive at `perSecond`. `rests` are the pauses
 * after each page.
 */
function pages(perSecond: (atMs: number) => number) {
  let atMs = 0;
  let rows = 1_000_000;
  let looks = 0;
  const rests: number[] = [];
  const pass = (ms: number) => {
    for (let end = atMs + ms; atMs < end; atMs += 1) rows += perSecond(atMs) / 1_000;
  };
  const pace = createPace({
    rowsInserted: () => ((looks += 1), Promise.resolve(Math.floor(rows))),
    nowMs: () => atMs,
    sleep: (ms) => {
      rests.push(ms);
      pass(ms);
      return Promise.resolve();
    },
  });
  return {
    rests,
    looks: () => looks,
    work: async (untilMs: number) => {
      while (atMs < untilMs) {
        pass(10);
        await pace.rest();
      }
    },
  };
}

it('a reconcile never pauses while no sale is running, but checks for a sale a few times a second', async () => {
  const { work, rests, looks } = pages(() => 5);
  await work(10_000);
  expect(rests).toEqual([]);
  expect(looks()).toBeGreaterThan(30);
  expect(looks()).toBeLessThanOrEqual(41);
});

it('a reconcile pauses in proportion to its work while rows arrive, and soon stops pausing once no more rows arrive', async () => {
  const { work, rests } = pages((atMs) => (atMs >= 1_000 && atMs < 5_000 ? 3_000 : 0));
  await work(1_000);
  expect(rests).toEqual([]);
  await work(5_000);
  expect(new Set(rests)).toEqual(new Set([10 * restsPerWork]));
  // The sale lasts 4 s. Once the reconcile notices the sale, it works for a quarter of the time.
  expect(rests.length).toBeGreaterThan(80);
  expect(rests.length).toBeLessThanOrEqual(100);
  await work(8_000);
  const during = rests.length;
  await work(20_000);
  expect(rests).toHaveLength(during);
});

it('a reconcile also pauses if rows arrive in batches', async () => {
  const { work, rests } = pages((atMs) => (atMs % 1_000 === 500 ? 1_000_000 : 0));
  await work(2_000);
  const before = rests.length;
  await work(6_000);
  expect(rests.length - before).toBeGreaterThan(80);
});

it('MySQL’s own counter of inserted rows counts a sale’s claims, so a reconcile can notice the sale', async () => {
  await using lab = await openLab(stores);
  const event = await lab.createEvent({ stock: 300 });
  const before = await readRowsInserted(db);
  await lab.race(event.eventId, users(300));
  await lab.persisted(event);
  expect((await readRowsInserted(db)) - before).toBeGreaterThanOrEqual(300);
});

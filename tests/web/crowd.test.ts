import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPages } from '../../load/pages/open-pages.ts';
import { createEvent, crowdAt, someUsers, startApi, type ApiProcess } from '../support/system.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';

let stores: TestStores;
let api: ApiProcess;

beforeAll(async () => {
  stores = await createTestStores();
  api = await startApi(stores);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

it('5,000 open pages all notice the opening and the sell-out while 300 users claim coupons', async () => {
  const event = await createEvent(api, { stock: 100, opensAtMs: Date.now() + 12_000 });
  const pages = await openPages({ ...api.address, eventId: event.id, pages: 5_000, overMs: 3_000 });
  const phases = () => new Set(pages.seen.map((page) => page?.phase ?? 'nothing yet'));
  try {
    await waitFor(() => !phases().has('nothing yet'), { what: 'every page’s first answer', limitMs: 30_000 });
    expect([...phases()]).toEqual(['scheduled']);
    await waitFor(() => Date.now() >= event.opensAtMs, { what: 'the opening', limitMs: 20_000 });
    const crowd = crowdAt([api], event, { userIds: someUsers(300), overMs: 2_000 });
    await crowd.done;
    const soldOutMs = Date.now();
    await waitFor(() => [...phases()].join() === 'sold_out', { what: 'every page to notice', limitMs: 60_000 });
    expect(pages.seen.map((page) => page?.remaining).filter((remaining) => remaining !== 0)).toEqual([]);
    expect(pages.failures).toBe(0);
    expect(crowd.answers.filter(({ outcome }) => outcome.status === 'issued')).toHaveLength(100);
    const heardMs = pages.seen.map((page) => (page?.atMs ?? 0) - soldOutMs).toSorted((a, b) => a - b);
    console.info(
      `The pages learned of the sell-out ${heardMs[2_500] ?? 0} ms (median) and ${heardMs.at(-1) ?? 0} ms (last) after the` +
        `claims were answered; ${pages.tookMs.length} requests in all.`,
    );
  } finally {
    pages.close();
  }
});

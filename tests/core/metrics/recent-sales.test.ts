import { expect, it } from 'vitest';
import { createRecentSales, recentSalesMax, type Sale } from '../../../core/metrics/recent-sales.ts';
import { useLab, users } from '../../support/lab.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Which events have metrics of their own, and what these say. */
const lab = useLab();

const open = () => createRecentSales(lab.first.stores, () => lab.first.health.rounds());
/** The look-up of rounds is shared for a second, so a new event or claim is not shown at once. */
const saleOf = (look: () => Promise<Sale[]>, id: string, issued: number): Promise<Sale> =>
  waitFor(async () => (await look()).find((sale) => sale.eventId === id && sale.issued === issued), {
    what: `event ${id} to be shown with ${issued} coupons won`,
  });
const counts = ({ stock, issued, outbox }: Sale) => ({ stock, issued, waiting: outbox.claims });

it.each(['redis-stream', 'redis-counter', 'db-lock', 'redis-lock'] as const)(
  'an event of %s shows its coupons and when the first was won',
  async (strategy) => {
    const { eventId } = await lab.createEvent({ stock: 10, strategy });
    await lab.race(eventId, users(4));
    const sale = await saleOf(open(), eventId, 4);
    expect(sale).toMatchObject({ strategy, name: 'Opening sale' });
    expect(counts(sale)).toEqual({ stock: 10, issued: 4, waiting: strategy === 'redis-stream' ? 4 : 0 });
    expect(sale.outbox.oldestAtMs === null).toBe(strategy !== 'redis-stream');
    // The first claim of a store that counts whole milliseconds may seem to be as early as the opening.
    expect((sale.firstAtMs ?? 0) - sale.opensAtMs).toBeGreaterThanOrEqual(0);
  },
);

it('before its first claim, an event has no opening error', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  expect(await saleOf(open(), eventId, 0)).toMatchObject({ firstAtMs: null });
});

it('while MySQL does not answer, the events that it named last are read from Redis', async () => {
  const { eventId } = await lab.createEvent({ stock: 10 });
  await lab.claim(eventId, 'kim');
  let isDown = false;
  const sales = createRecentSales(lab.first.stores, () =>
    isDown ? Promise.reject(new Error('MySQL is away')) : lab.first.health.rounds(),
  );
  await saleOf(sales, eventId, 1);
  isDown = true;
  await lab.claim(eventId, 'lee');
  expect(counts(await saleOf(sales, eventId, 2))).toEqual({ stock: 10, issued: 2, waiting: 2 });
});

it('only the 50 events that open or opened last are shown', async () => {
  // They open soon, so that creating them may take a while. An event is shown a minute before it opens.
  const firstAtMs = lab.first.clock.nowMs() + 30_000;
  const ids: string[] = [];
  for (let i = 0; i < recentSalesMax + 2; i += 1) {
    const strategy = i % 2 === 0 ? 'redis-stream' : 'db-lock';
    ids.push((await lab.createEvent({ opensAtMs: firstAtMs + i, strategy })).eventId);
  }
  const shown = async () => (await open()()).map(({ eventId }) => eventId);
  await expect.poll(shown).toEqual(ids.toReversed().slice(0, recentSalesMax));
});

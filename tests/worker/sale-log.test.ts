import { pino, type Logger } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultStrategy, type StrategyName } from '../../core/events/event.ts';
import { startSaleLog } from '../../worker/sale-log.ts';
import { openLab, tester, users, type Lab } from '../support/lab.ts';
import { createTestStores, type TestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';

let stores: TestStores;
let lab: Lab;
beforeAll(async () => {
  stores = await createTestStores();
  lab = await openLab(stores, { platformCount: 2 });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await stores[Symbol.asyncDispose]();
});

type Line = { event: string; eventId: string; name: string; msg: string; afterMs?: number };

/** The sale logs of two workers, and the lines of both logs together. */
function startTwo(): AsyncDisposable & { linesOf(eventId: string): Line[] } {
  const lines: Line[] = [];
  const log = pino({ base: null }, { write: (text: string) => lines.push(JSON.parse(text) as Line) }) as Logger;
  const logs = lab.platforms.map((platform) => startSaleLog({ ...platform.stores, log }));
  return {
    linesOf: (eventId) => lines.filter((line) => line.eventId === eventId),
    [Symbol.asyncDispose]: async () => void (await Promise.all(logs.map((sales) => sales.stop()))),
  };
}

it.each<StrategyName>([defaultStrategy, 'redis-counter', 'db-lock'])(
  'the sale log reports each step of a sale once, from the opening until all claims are stored, however many workers run (%s)',
  async (strategy) => {
    await using sales = startTwo();
    const opensAtMs = lab.first.clock.nowMs() + 1_500;
    const event = await lab.createEvent({ strategy, stock: 3, name: 'Autumn sale', opensAtMs });
    const eventsOf = () => sales.linesOf(event.eventId).map((line) => line.event);
    await waitFor(() => eventsOf().includes('sale_opened'), { what: 'the opening' });
    await lab.race(event.eventId, users(5));
    await lab.persisted(event);
    await waitFor(() => eventsOf().includes('sale_stored'), { what: 'the end of the sale' });
    expect(eventsOf().toSorted()).toEqual(['sale_first_claim', 'sale_opened', 'sale_sold_out', 'sale_stored']);
    const soldOut = sales.linesOf(event.eventId).find((line) => line.event === 'sale_sold_out');
    expect(soldOut?.msg).toMatch(/^Autumn sale is sold out, [\d,]+ ms after the opening: 3 coupons$/);
  },
);

it('the sale log reports a pause once and its end once', async () => {
  await using sales = startTwo();
  const { eventId } = await lab.createEvent();
  const eventsOf = () => sales.linesOf(eventId).map(({ event }) => event);
  await waitFor(() => eventsOf().includes('sale_opened'), { what: 'the opening' });
  await lab.first.admin.pause({ eventId }, tester);
  await waitFor(() => eventsOf().includes('sale_paused'), { what: 'the pause' });
  await lab.first.admin.resume({ eventId }, tester);
  await waitFor(() => eventsOf().includes('sale_resumed'), { what: 'the end of the pause' });
  expect(eventsOf()).toEqual(['sale_opened', 'sale_paused', 'sale_resumed']);
});

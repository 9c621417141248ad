import { describe, expect, it } from 'vitest';
import { mustFindRound } from '../../../core/admin/sale-reader.ts';
import { pausesFrom } from '../../../core/audit/pauses.ts';
import type { ClaimRow } from '../../../core/claims/claim-rows.ts';
import type { StrategyName } from '../../../core/events/event.ts';
import { openingErrorOf, readSaleTimeline, type SaleTimeline } from '../../../core/metrics/sale-timeline.ts';
import type { TimeBuckets } from '../../../core/metrics/time-buckets.ts';
import { tester, useLab, users } from '../../support/lab.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

/**
 * How a sale goes: admins watch it live, and read about it in the sale's report. No worker runs, so no outbox is
 * drained automatically.
 */
const lab = useLab({ stores: useTestStores() });

async function saleOf(eventId: string, limits?: { exactMax: number; sampledMax: number }): Promise<SaleTimeline> {
  return readSaleTimeline(lab.first.stores, await mustFindRound(lab.first.stores, { eventId }), limits);
}

const total = (buckets: TimeBuckets | null): number => (buckets?.counts ?? []).reduce((sum, count) => sum + count, 0);

/** The highest number of claims in any bucket of the stored rows. */
function mostIn(rows: readonly ClaimRow[], alignMs: number, widthMs: number): number {
  const buckets = Map.groupBy(rows, ({ claimedAtMs }) => Math.floor((claimedAtMs - alignMs) / widthMs));
  return Math.max(...[...buckets.values()].map(({ length }) => length));
}

/** Creates an event, waits until it opens, and then lets a crowd claim. */
async function sell(strategy: StrategyName, stock: number, crowd: number): Promise<string> {
  const opensAtMs = lab.first.clock.nowMs() + 300;
  const { eventId } = await lab.createEvent({ stock, strategy, opensAtMs });
  await waitFor(() => Promise.resolve(lab.first.clock.nowMs() >= opensAtMs), { what: 'the opening' });
  await lab.race(eventId, users(crowd));
  return eventId;
}

describe.each<StrategyName>(['redis-stream', 'redis-counter-set', 'db-lock'])('a sold-out sale with %s', (strategy) => {
  it('shows the counts, the peak and the milestones that the stores have', async () => {
    const stock = 60;
    const eventId = await sell(strategy, stock, stock + 20);
    const before = await saleOf(eventId);
    const rows = await lab.persisted({ eventId, round: 1 });
    const sale = await saleOf(eventId);
    // Accepted claims are visible before a worker has stored them, and stay in the same buckets afterwards.
    for (const key of ['issued', 'peak', 'start', 'whole', 'firstClaimedAtMs', 'soldOutAtMs'] as const) {
      expect([key, before[key]]).toEqual([key, sale[key]]);
    }
    const times = rows.map(({ claimedAtMs }) => claimedAtMs);
    expect(sale).toMatchObject({
      ...{ issued: stock, persisted: stock, firstClaimedAtMs: Math.min(...times), lastClaimedAtMs: Math.max(...times) },
      storedAtMs: Math.max(...rows.map(({ persistedAtMs }) => persistedAtMs)),
    });
    // A unit strategy's round is sold out once its last claim is settled.
    if (strategy === 'redis-counter-set') expect(sale.soldOutAtMs).toBeGreaterThanOrEqual(Math.max(...times));
    else expect(sale.soldOutAtMs).toBe(Math.max(...times));
    expect(total(sale.whole)).toBe(stock);
    const { widthMs = 0, claims } = sale.peak ?? {};
    expect(claims).toBe(mostIn(rows, sale.opensAtMs, widthMs));
    if (strategy === 'redis-stream') expect(before.storedAtMs).toBeNull();
  });
});

describe('the sample of a large sale', () => {
  it('has all claims and about the same peak, read from few rows and few outbox entries', async () => {
    const stock = 900;
    const { eventId, opensAtMs } = await lab.createEvent({ stock });
    for (let from = 0; from < stock; from += 3) {
      await Promise.all(
        users(from + 3)
          .slice(from)
          .map((user) => lab.claim(eventId, user)),
      );
    }
    const waiting = await saleOf(eventId);
    const { redis } = lab.first.stores;
    expect(await redis.of(eventId).client.xlen(`fc:{${eventId}}:1:outbox`)).toBeGreaterThan(100);
    expect(total(waiting.whole)).toBe(stock);
    const rows = await lab.persisted({ eventId, round: 1 });
    const exact = await saleOf(eventId);
    const sampled = await saleOf(eventId, { exactMax: 100, sampledMax: 200 });
    expect([total(exact.whole), total(sampled.whole)]).toEqual([stock, stock]);
    const { widthMs = 0, claims = 0 } = exact.peak ?? {};
    expect(claims).toBe(mostIn(rows, opensAtMs, widthMs));
    expect(Math.abs((sampled.peak?.claims ?? 0) - claims)).toBeLessThanOrEqual(8);
  });
});

describe('pauses', () => {
  it('are reported with their beginning and end, and pausing twice counts as one pause', async () => {
    const { eventId } = await lab.createEvent({ stock: 5 });
    const change = { eventId };
    await lab.first.admin.pause(change, tester);
    await lab.first.admin.pause(change, tester);
    expect((await saleOf(eventId)).pauses).toMatchObject([{ toMs: null }]);
    await lab.first.admin.resume(change, tester);
    await lab.first.admin.pause(change, tester);
    const { pauses } = await saleOf(eventId);
    expect(pauses).toHaveLength(2);
    expect(pauses[0]?.toMs).toBeGreaterThanOrEqual(pauses[0]?.fromMs ?? Infinity);
    expect(pauses[1]?.toMs).toBeNull();
    await lab.first.admin.close(change, tester);
    const closed = await saleOf(eventId);
    expect(closed.closedAtMs).not.toBeNull();
    expect(closed.pauses[1]?.toMs).toBe(closed.closedAtMs);
  });

  it('of an earlier round stay with that round', async () => {
    const event = await lab.createEvent({ stock: 5 });
    const { eventId } = event;
    await lab.claim(eventId, 'kim');
    await lab.persisted(event);
    await lab.first.admin.pause({ eventId }, tester);
    await lab.first.admin.resume({ eventId }, tester);
    await lab.first.admin.reset({ eventId, confirm: event.name }, tester);
    const { stores, admin } = lab.first;
    const first = await readSaleTimeline(stores, await mustFindRound(stores, { eventId, round: 1 }));
    expect(first).toMatchObject({ round: 1, issued: 1, persisted: 1 });
    expect([first.pauses.length, total(first.whole), first.storedAtMs !== null]).toEqual([1, 1, true]);
    expect(await admin.readSale({ eventId })).toMatchObject({
      round: 2,
      issued: 0,
      pauses: [],
      whole: null,
      peak: null,
    });
    await expect(admin.readSale({ eventId, round: 9 })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leave out a resume that ends no pause', () => {
    expect(pausesFrom([{ atMs: 1, pauses: false }])).toEqual([]);
  });
});

describe('the opening error', () => {
  const opening = { opensAtMs: 1_000_000, early: 0 };
  it.each([
    ['nobody has claimed yet', { ...opening, firstClaimedAtMs: null }, null],
    ['somebody claimed within the first second', { ...opening, firstClaimedAtMs: 1_000_004 }, 4],
    ['nobody came for a minute', { ...opening, firstClaimedAtMs: 1_060_000 }, null],
    ['people had called before a late opening', { ...opening, early: 3, firstClaimedAtMs: 1_005_000 }, 5_000],
    ['people had called before, but nobody waited', { ...opening, early: 3, firstClaimedAtMs: 9_000_000 }, null],
  ])('when %s', (_when, facts, error) => {
    expect(openingErrorOf(facts)).toBe(error);
  });
});

import { describe, expect, it } from 'vitest';
import { saleNews } from '../../../core/views/sale-news.ts';
import { anEvent } from '../../support/fake-admin.ts';

const opensAtMs = Date.UTC(2027, 8, 1, 12);
const event = (over: Parameters<typeof anEvent>[0] = {}) => anEvent({ opensAtMs, stock: 1_000, ...over });
const texts = (...args: Parameters<typeof saleNews>) => saleNews(...args).map(({ text }) => text);

describe('a sale’s news', () => {
  it('is empty before the opening, and reports the opening once the event opens', () => {
    expect(texts(undefined, event(), opensAtMs - 1)).toEqual([]);
    expect(texts(undefined, event(), opensAtMs)).toEqual(['is open: 1,000 coupons']);
  });

  it('reports no opening for an event that needs an approval, is paused, is closed or has lost its gate', () => {
    for (const over of [{ needsApproval: true }, { paused: true }, { closed: true }, { gateLost: true }]) {
      expect(texts(undefined, event(over), opensAtMs)).toEqual([]);
    }
  });

  it('reports the first claim, the sell-out and the moment when all claims are stored, each with the time since the opening', () => {
    const sold = { issued: 1_000, firstClaimedAtMs: opensAtMs + 7, soldOutAtMs: opensAtMs + 1_240, seeded: true };
    expect(texts(event(), event({ ...sold, persisted: 800, outbox: 200 }), opensAtMs + 1_300)).toEqual([
      'is open: 1,000 coupons',
      'has its first claim, 7 ms after the opening',
      'is sold out, 1,240 ms after the opening: 1,000 coupons',
    ]);
    expect(texts(event(), event({ ...sold, persisted: 1_000, outbox: 0 }), opensAtMs + 60_000)).toEqual([
      'has all of its 1,000 claims in MySQL',
    ]);
  });

  it('reports each pause, and the end of each pause, once', () => {
    const [open, paused] = [event({ version: 1 }), event({ version: 2, paused: true })];
    const nowMs = opensAtMs + 40_000;
    expect(saleNews(open, paused, nowMs)).toMatchObject([{ event: 'sale_paused', key: 'paused 2' }]);
    expect(saleNews(paused, paused, nowMs)).toEqual([]);
    expect(saleNews(paused, event({ version: 3 }), nowMs)).toMatchObject([{ event: 'sale_resumed', key: 'resumed 3' }]);
    expect(saleNews(undefined, paused, nowMs)).toEqual([]);
  });

  it('leaves out a sale that ended yesterday', () => {
    const old = event({ issued: 1_000, persisted: 1_000, firstClaimedAtMs: opensAtMs, soldOutAtMs: opensAtMs + 9 });
    expect(texts(undefined, old, opensAtMs + 86_400_000)).toEqual([]);
  });
});

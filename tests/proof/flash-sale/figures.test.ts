import { describe, expect, it } from 'vitest';
import type { CrowdAnswer } from '../../../proof/flash-sale/crowd-answer.ts';
import { measureSale, spread } from '../../../proof/flash-sale/figures.ts';

const opensAtMs = 1_000_000;

const answer = (dueMs: number, tookMs: number, outcome: CrowdAnswer['outcome']): CrowdAnswer => ({
  userId: `user-${dueMs}`,
  why: 'click',
  dueAtMs: opensAtMs + dueMs,
  askedAtMs: opensAtMs + dueMs + 1,
  sentAtMs: opensAtMs + dueMs + 3,
  receivedAtMs: opensAtMs + dueMs + tookMs,
  outcome,
});
const issued = (serial: number, claimedMs: number, replayed = false): CrowdAnswer['outcome'] => ({
  status: 'issued',
  serial,
  code: `CODE-${serial}`,
  claimedAtMs: opensAtMs + claimedMs,
  round: 1,
  replayed,
});

describe('measureSale', () => {
  it('separates accepted calls from refused ones, and calls due before the sell-out from calls due after it', () => {
    const answers = [
      answer(2, 10, issued(1, 5)),
      answer(4, 46, issued(2, 20)),
      answer(10, 40, { status: 'sold_out' }),
      answer(100, 20, { status: 'sold_out' }),
      answer(200, 20, issued(1, 5, true)),
    ];
    const figures = measureSale({ opensAtMs, stock: 2, claimedAtMs: [opensAtMs + 20, opensAtMs + 5] }, answers);
    expect(figures).toMatchObject({
      openingErrorMs: 5,
      firstToldAfterMs: 12,
      soldOutAfterMs: 20,
      acceptedPerSecond: 2 / 0.05,
      refusedPerSecond: 2 / 0.1,
      calls: 5,
      lateness: { maxMs: 1 },
      connectionWait: { maxMs: 2 },
    });
    expect(figures.answers.map(({ kind, soldOut, latency }) => [kind, soldOut, latency.count, latency.maxMs])).toEqual([
      ['accepted', 'before', 2, 46],
      ['sold_out', 'before', 1, 40],
      ['sold_out', 'after', 1, 20],
      ['replayed', 'after', 1, 20],
    ]);
  });

  it('reports no sell-out while coupons are left', () => {
    const figures = measureSale({ opensAtMs, stock: 5, claimedAtMs: [opensAtMs + 5] }, [answer(2, 10, issued(1, 5))]);
    expect(figures.soldOutAfterMs).toBeNull();
  });
});

describe('spread', () => {
  it('computes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(spread(values)).toEqual({ count: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
    expect(spread([])).toEqual({ count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
  });
});

import { expect, it } from 'vitest';
import { addTotals, type LiveSample, type Totals } from '../../web/console/sale/live-samples.ts';

const totals = (atMs: number, issued: number, refused: number | null = 0, outbox: number | null = 0): Totals => ({
  ...{ atMs, issued, refused, outbox },
});

it('two totals give a rate, and a single total gives none', () => {
  expect(addTotals([], null, totals(1_000, 500))).toEqual([]);
  expect(addTotals([], totals(1_000, 500, 10), totals(3_000, 700, 15, 42))).toEqual([
    { atMs: 3_000, accepted: 100, refused: 2.5, outbox: 42 },
  ]);
});

it('repeated totals, and older totals that arrive late, add no sample', () => {
  const held: LiveSample[] = [{ atMs: 2_000, accepted: 1, refused: 0, outbox: 0 }];
  expect(addTotals(held, totals(2_000, 5), totals(2_000, 9))).toEqual(held);
  expect(addTotals(held, totals(2_000, 5), totals(1_500, 9))).toEqual(held);
});

it('no rate is negative after a new round, whose counters start again at 0', () => {
  expect(addTotals([], totals(0, 1_000, 50), totals(1_000, 3, 2))).toMatchObject([{ accepted: 0, refused: 0 }]);
});

it('an unknown previous total gives a rate of 0, so that a first total of refusals does not look like the refusals of one second', () => {
  expect(addTotals([], totals(0, 0, null), totals(1_000, 0, 9_000, null))).toMatchObject([
    { refused: 0, outbox: null },
  ]);
  expect(addTotals([], totals(0, 0, 9_000), totals(1_000, 0, null))).toMatchObject([{ refused: 0 }]);
});

it('only the latest samples are kept', () => {
  let samples: LiveSample[] = [];
  for (let at = 1; at <= 1_000; at += 1) samples = addTotals(samples, totals(at - 1, 0), totals(at, 0));
  expect([samples.length, samples[0]?.atMs, samples.at(-1)?.atMs]).toEqual([300, 701, 1_000]);
});

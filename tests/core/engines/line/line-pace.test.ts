import { expect, it } from 'vitest';
import { estimateWait, paceOf, pollAfterMs } from '../../../../core/engines/line/line-pace.ts';

it('a pace is known only after enough calls and time, and its error falls with the number of calls', () => {
  expect(paceOf(3, 60_000)).toBeNull();
  expect(paceOf(100, 4_000)).toBeNull();
  expect(paceOf(100, 60_000)).toEqual({ calledPerMinute: 100, errorPercent: 10 });
  expect(paceOf(10_000, 60_000)?.errorPercent).toBe(5);
});

it('an estimate of the wait has a range that contains the wait at the measured pace', () => {
  const pace = { calledPerMinute: 60, errorPercent: 20 };
  expect(estimateWait(59, pace)).toEqual({ fromMs: 50_000, toMs: 75_000 });
  expect(estimateWait(0, null)).toBeNull();
});

it('people far from the head ask less often, between 1 and 30 seconds', () => {
  const pace = { calledPerMinute: 60, errorPercent: 10 };
  const asks = [0, 10, 50, 100, 1_000, 100_000].map((ahead) => pollAfterMs(ahead, pace));
  expect(asks).toEqual(asks.toSorted((a, b) => a - b));
  expect(asks[0]).toBe(1_000);
  expect(asks.at(-1)).toBe(30_000);
  expect([0, 100, 100_000].map((ahead) => pollAfterMs(ahead, null))).toEqual([1_000, 3_000, 30_000]);
});

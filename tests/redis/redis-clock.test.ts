import { expect, it } from 'vitest';
import { addSample, bestSample, type ClockSample } from '../../core/redis/redis-clock.ts';

const after = (...answers: [offsetMs: number, roundTripMs: number][]) =>
  bestSample(
    answers.reduce<ClockSample[]>((kept, [offsetMs, roundTripMs]) => addSample(kept, { offsetMs, roundTripMs }), []),
  )?.offsetMs;

it('goes by the quickest of the last five answers', () => {
  expect(after()).toBeUndefined();
  expect(after([300, 700])).toBe(300);
  expect(after([0, 2], [300, 700])).toBe(0);
  expect(after([300, 700], [1, 2], [200, 500])).toBe(1);
  const slow: [number, number][] = [
    [100, 300],
    [100, 300],
    [100, 300],
    [100, 300],
  ];
  expect(after([1, 2], ...slow)).toBe(1);
  expect(after([1, 2], ...slow, [90, 310])).toBe(100);
});

it('follows a clock that was set', () => {
  expect(after([0, 2], [-5_000, 40])).toBe(-5_000);
  expect(after([0, 2], [0, 2], [5_000, 700])).toBe(5_000);
});

import { describe, expect, it } from 'vitest';
import { findLimit, nextRate, type Step } from '../../load/runner/climb.ts';

/** Climbs on a simulated system that meets the thresholds at rates up to `limit`. */
function climb(limit: number, first = 100, rateMax = 10_000): Step[] {
  const steps: Step[] = [];
  for (let rate = nextRate(steps, first, rateMax); rate !== null; rate = nextRate(steps, first, rateMax))
    steps.push({ rate, held: rate <= limit });
  return steps;
}

describe('the climb to the rate limit', () => {
  it.each([1, 2, 7, 99, 100, 101, 337, 1_234, 9_999])('finds a limit of %i within 15%%, in a few steps', (limit) => {
    const steps = climb(limit);
    const { held, broke } = findLimit(steps);
    expect(held).toBeLessThanOrEqual(limit);
    expect(broke).toBeGreaterThan(limit);
    // Rates are whole numbers, so two different rates are at least 1 apart.
    const apart = (broke ?? NaN) - (held ?? NaN);
    expect(apart === 1 || (broke ?? NaN) / (held ?? NaN) <= 1.15).toBe(true);
    expect(steps.length).toBeLessThanOrEqual(16);
    expect(new Set(steps.map(({ rate }) => rate)).size).toBe(steps.length);
  });

  it('raises the rate by half while the system meets the thresholds, and stops at the highest allowed rate', () => {
    const steps = climb(Infinity, 100, 400);
    expect(steps.map(({ rate }) => rate)).toEqual([100, 150, 225, 338, 400]);
    expect(findLimit(steps)).toEqual({ held: 400, broke: null });
  });

  it('goes down to 1 user a second if no rate meets the thresholds', () => {
    const steps = climb(0, 8);
    expect(steps.map(({ rate }) => rate)).toEqual([8, 4, 2, 1]);
    expect(findLimit(steps)).toEqual({ held: null, broke: 1 });
  });

  it('takes the lowest rate that missed a threshold as the limit, even if a higher rate met the thresholds by luck', () => {
    const steps = [
      { rate: 100, held: true },
      { rate: 150, held: false },
      { rate: 225, held: true },
    ];
    expect(findLimit(steps)).toEqual({ held: 100, broke: 150 });
  });
});

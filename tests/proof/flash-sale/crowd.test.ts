import { describe, expect, it } from 'vitest';
import { planCrowd } from '../../../proof/flash-sale/crowd.ts';

describe('planCrowd', () => {
  it('plans the same crowd for the same seed, and a different one for a different seed', () => {
    expect(planCrowd(500, 7)).toEqual(planCrowd(500, 7));
    expect(planCrowd(500, 7)).not.toEqual(planCrowd(500, 8));
  });

  it('sends every user’s call once or twice, ordered by time, and most calls within a second of the opening', () => {
    const { arrivals, early, twice } = planCrowd(10_000, 1);
    expect(new Set(arrivals.map(({ user }) => user)).size).toBe(10_000);
    expect(arrivals).toHaveLength(10_000 + twice);
    expect(arrivals.map(({ atMs }) => atMs)).toEqual(arrivals.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(early / 10_000).toBeCloseTo(0.05, 1);
    expect(twice / 10_000).toBeCloseTo(0.05, 1);
    const prompt = arrivals.filter(({ atMs }) => atMs >= 0 && atMs < 1_000);
    expect(prompt.length).toBeGreaterThan(0.8 * arrivals.length);
  });
});

import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../../core/limits/sliding-window.ts';
import { createRandom } from '../../api/random.ts';

/** Returns a generator of numbers from 0 to 1, which are the same for the same seed. */
const numbers = (seed: number): (() => number) => {
  const random = createRandom(seed);
  return () => random.below(2 ** 32) / 2 ** 32;
};

/** Counts exactly how many calls lie in the window that ends at `nowMs`, which must never decrease. */
function exactWindow(windowMs: number) {
  const atMs: number[] = [];
  let oldest = 0;
  return {
    add: (calls: number, nowMs: number) => {
      for (let call = 0; call < calls; call += 1) atMs.push(nowMs);
    },
    count: (nowMs: number): number => {
      while ((atMs[oldest] ?? Infinity) <= nowMs - windowMs) oldest += 1;
      return atMs.length - oldest;
    },
  };
}

/** Times at which one key calls: bursts, pauses and steady streams, in a random order. */
function someCalls(random: () => number, windowMs: number): number[] {
  const times: number[] = [];
  let nowMs = random() * windowMs * 2;
  for (let phase = 0; phase < 40; phase += 1) {
    const stepMs = [0, windowMs / 50, windowMs / 7, windowMs * random()][Math.floor(random() * 4)] ?? 0;
    for (let call = 0; call < 30; call += 1) times.push((nowMs += stepMs * random()));
    if (random() < 0.5) nowMs += windowMs * 2 * random();
  }
  return times;
}

const rates = [
  { max: 1, windowMs: 1_000 },
  { max: 10, windowMs: 2_000 },
  { max: 40, windowMs: 2_000 },
  { max: 500, windowMs: 10_000 },
];

describe.each(rates)('a sliding window of $max calls in $windowMs ms', ({ max, windowMs }) => {
  it('never lets more than 2 * max - 1 calls pass in any window, nor more than max in a bucket', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = numbers(seed);
      const window = new SlidingWindow({ max, windowMs }, { sets: 4, seed });
      const exact = exactWindow(windowMs);
      let most = 0;
      const inBucket = new Map<number, number>();
      for (const nowMs of someCalls(random, windowMs)) {
        const calls = random() < 0.3 ? max : 1;
        const taken = window.take('kim', calls, nowMs);
        const bucket = Math.floor(nowMs / windowMs);
        inBucket.set(bucket, (inBucket.get(bucket) ?? 0) + taken);
        exact.add(taken, nowMs);
        most = Math.max(most, exact.count(nowMs));
      }
      expect(most).toBeLessThanOrEqual(2 * max - 1);
      expect(Math.max(...inBucket.values())).toBeLessThanOrEqual(max);
    }
  });

  it('lets 2 * max - 1 calls pass in a window if a burst just before the end of a bucket is followed by a steady stream of calls', () => {
    const window = new SlidingWindow({ max, windowMs });
    const exact = exactWindow(windowMs);
    exact.add(window.take('kim', max, windowMs * 0.999_999), windowMs * 0.999_999);
    for (let step = 0; step < 20 * max; step += 1) {
      const nowMs = windowMs * (1 + (step / (20 * max)) * 0.999_99);
      exact.add(window.take('kim', 1, nowMs), nowMs);
    }
    expect(exact.count(windowMs * 1.999_99)).toBe(2 * max - 1);
  });

  it('never refuses a key that makes at most max / 2 calls in any window', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const window = new SlidingWindow({ max, windowMs }, { sets: 4, seed });
      const made = exactWindow(windowMs);
      let refused = 0;
      for (const nowMs of someCalls(numbers(seed), windowMs)) {
        if (made.count(nowMs) + 1 > max / 2) continue;
        made.add(1, nowMs);
        refused += 1 - window.take('kim', 1, nowMs);
      }
      expect(refused).toBe(0);
    }
  });

  it('lets a refused key that keeps trying pass within windowMs * (1 + 1 / max)', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = numbers(seed);
      const window = new SlidingWindow({ max, windowMs });
      const burstAtMs = random() * windowMs;
      expect(window.take('kim', max + 5, burstAtMs)).toBe(max);
      const stepMs = windowMs / max / 4;
      let nowMs = burstAtMs;
      while (window.take('kim', 1, nowMs) === 0) nowMs += stepMs;
      expect(nowMs - burstAtMs).toBeLessThanOrEqual(windowMs * (1 + 1 / max) + stepMs);
    }
  });
});

describe('a sliding window', () => {
  it('charges only the calls that pass, even if they are part of a batch', () => {
    const window = new SlidingWindow({ max: 10, windowMs: 2_000 });
    expect(window.take('kim', 7, 100)).toBe(7);
    expect(window.take('kim', 10, 100)).toBe(3);
    expect(window.take('kim', 10, 100)).toBe(0);
    // Refused calls are not counted. So 0.2 s after the bucket ends, a tenth of the window, one of its ten calls has
    // faded out, although calls were refused.
    expect(window.take('kim', 1, 2_000 + 200)).toBe(1);
  });

  it('counts each key separately', () => {
    const window = new SlidingWindow({ max: 3, windowMs: 1_000 });
    const users = Array.from({ length: 5_000 }, (_, at) => `user-${at}`);
    for (let round = 0; round < 3; round += 1) {
      expect(users.filter((user) => window.take(user, 1, 10) === 0)).toEqual([]);
    }
    expect(users.filter((user) => window.take(user, 1, 10) > 0)).toEqual([]);
  });

  it('forgets the keys with the lowest counts if a set has more keys than places', () => {
    const window = new SlidingWindow({ max: 100, windowMs: 1_000 }, { sets: 1 });
    expect(window.take('attacker', 100, 10)).toBe(100);
    for (let at = 0; at < 1_000; at += 1) expect(window.take(`user-${at}`, 1, 10)).toBe(1);
    expect(window.take('attacker', 1, 10)).toBe(0);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { atInstant } from '../../web/shared/at-instant.ts';
import { addSample, bestSample, errorAt, sampleOf, type ClockSample } from '../../web/shared/clock-samples.ts';
import type { ServerClock } from '../../web/shared/clock.ts';
import { restMs } from '../../web/shared/sync-pace.ts';
import { fractions } from './fractions.ts';

describe('the estimate of the server’s clock', () => {
  it('stays within its stated error, whatever the network does and however the clocks drift', () => {
    const random = fractions(7);
    for (let run = 0; run < 300; run += 1) {
      const aheadMs = (random() - 0.5) * 1e9;
      const drift = (random() - 0.5) * 100e-6;
      const serverAt = (localMs: number) => localMs + aheadMs + localMs * drift;
      let samples: ClockSample[] = [];
      for (let nowMs = 0, asked = 0; asked < 40; asked += 1) {
        nowMs += random() * 40_000;
        const [there, back] = [random() * random() * 800, random() * random() * 800];
        const said = Math.floor(serverAt(nowMs + there));
        samples = addSample(samples, sampleOf(nowMs, said, nowMs + there + back));
        nowMs += there + back;
        const best = bestSample(samples, nowMs);
        if (best === undefined) throw new Error('no sample');
        expect(Math.abs(nowMs + best.offsetMs - serverAt(nowMs))).toBeLessThanOrEqual(errorAt(best, nowMs) + 1e-3);
        expect(samples.length).toBeLessThanOrEqual(12);
      }
    }
  });

  it('drops old samples if they no longer fit after the clock has jumped', () => {
    let samples: ClockSample[] = [];
    for (let at = 0; at < 5; at += 1)
      samples = addSample(samples, sampleOf(at * 1_000, at * 1_000 + 5_000, at * 1_000 + 4));
    // The machine slept for an hour, during which its monotonic clock stood still.
    samples = addSample(samples, sampleOf(10_000, 10_000 + 5_000 + 3_600_000, 10_300));
    expect(samples).toHaveLength(1);
    expect(bestSample(samples, 10_300)?.offsetMs).toBeCloseTo(3_604_850.5);
  });

  it('relies on a quick answer rather than a newer slow one, until the quick answer is too old', () => {
    const quick = sampleOf(0, 1_000, 2);
    const soon = addSample([quick], sampleOf(60_000, 61_010, 60_020));
    expect(bestSample(soon, 60_020)).toBe(quick);
    const late = addSample([quick], sampleOf(200_000, 201_010, 200_020));
    expect(bestSample(late, 200_020)).not.toBe(quick);
  });
});

it('no page in a crowd asks for the server’s time near the opening', () => {
  const random = fractions(3);
  for (let run = 0; run < 5_000; run += 1) {
    const untilMs = random() * 400_000;
    const landsMs = untilMs - restMs(untilMs, random);
    expect(landsMs > -1_999 && landsMs < 1_999).toBe(false);
  }
});

describe('a callback at a given time', () => {
  let aheadMs: number;
  let errorMs: number;
  let listeners: Set<() => void>;
  const clock: ServerClock = {
    nowMs: () => Date.now() + aheadMs,
    errorMs: () => errorMs,
    learn: () => undefined,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const corrected = (change: () => void): void => {
    change();
    listeners.forEach((listener) => listener());
  };
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    [aheadMs, errorMs, listeners] = [0, 1, new Set()];
  });
  afterEach(() => vi.useRealTimers());

  it.each([0, 1, 249, 251, 30_000, 30_250, 3_600_000, 40 * 86_400_000])(
    'fires exactly on time if it is due in %s ms',
    (leftMs) => {
      const fired: number[] = [];
      atInstant(clock, leftMs, () => fired.push(Date.now()));
      vi.advanceTimersByTime(Math.max(0, leftMs - 1));
      if (leftMs > 0) expect(fired).toEqual([]);
      vi.advanceTimersByTime(60_000);
      expect(fired).toEqual([leftMs]);
      expect(vi.getTimerCount() + listeners.size).toBe(0);
    },
  );

  it('is rescheduled when the clock is corrected', () => {
    const fired: number[] = [];
    atInstant(clock, 100_000, () => fired.push(Date.now()));
    vi.advanceTimersByTime(50_000);
    corrected(() => (aheadMs = -20_000));
    vi.advanceTimersByTime(69_999);
    expect(fired).toEqual([]);
    corrected(() => (aheadMs = 0));
    expect(fired).toEqual([119_999]);
  });

  it('does not fire before the server has sent its time', () => {
    const fired: number[] = [];
    [aheadMs, errorMs] = [3_600_000, Infinity];
    atInstant(clock, 100_000, () => fired.push(Date.now()));
    vi.advanceTimersByTime(90_000);
    corrected(() => ([aheadMs, errorMs] = [0, 1]));
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual([100_000]);
  });

  it('can be cancelled', () => {
    const fire = vi.fn();
    atInstant(clock, 1_000, fire)();
    vi.advanceTimersByTime(60_000);
    expect(fire).not.toHaveBeenCalled();
    expect(vi.getTimerCount() + listeners.size).toBe(0);
  });
});

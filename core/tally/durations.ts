/** Upper bounds, in ms, of the histogram buckets. One more bucket holds longer durations. */
export const durationBoundsMs = [
  0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000,
] as const;

/** The number of durations in total and in each bucket, their sum, and the longest duration. */
export type Durations = { count: number; sumMs: number; maxMs: number; buckets: number[] };

export const noDurations = (): Durations => ({
  ...{ count: 0, sumMs: 0, maxMs: 0 },
  buckets: Array.from({ length: durationBoundsMs.length + 1 }, () => 0),
});

export function addDuration(durations: Durations, ms: number): void {
  let at = 0;
  while (at < durationBoundsMs.length && ms > (durationBoundsMs[at] ?? Infinity)) at += 1;
  durations.buckets[at] = (durations.buckets[at] ?? 0) + 1;
  durations.count += 1;
  durations.sumMs += ms;
  if (ms > durations.maxMs) durations.maxMs = ms;
}

export function sumDurations(a: Durations, b: Durations): Durations {
  return {
    count: a.count + b.count,
    sumMs: a.sumMs + b.sumMs,
    maxMs: Math.max(a.maxMs, b.maxMs),
    buckets: a.buckets.map((count, at) => count + (b.buckets[at] ?? 0)),
  };
}

/**
 * The `q` quantile: a fraction `q` of the durations are this long or shorter. Assumes an even spread within each
 * bucket, as Prometheus's `histogram_quantile` does, and returns at most the longest duration. Null if there are no
 * durations.
 */
export function quantileMs({ count, maxMs, buckets }: Durations, q: number): number | null {
  if (count === 0) return null;
  const wanted = q * count;
  let below = 0;
  for (const [at, inBucket] of buckets.entries()) {
    if (inBucket > 0 && below + inBucket >= wanted) {
      const from = at === 0 ? 0 : (durationBoundsMs[at - 1] ?? 0);
      const to = Math.min(durationBoundsMs[at] ?? maxMs, maxMs);
      return Math.min(maxMs, from + (Math.max(0, to - from) * Math.max(0, wanted - below)) / inBucket);
    }
    below += inBucket;
  }
  return maxMs;
}

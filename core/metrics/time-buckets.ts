/**
 * Claims that were decided together, or all claims that one sampled claim stands for. They count as spread evenly from
 * `sinceMs` to `atMs`.
 */
export type ClaimPoint = { sinceMs: number; atMs: number; claims: number };

/** How many claims were decided in each span of `widthMs`, beginning at `fromMs`. */
export type TimeBuckets = { fromMs: number; widthMs: number; counts: number[] };

/**
 * Counts claims by time, up to and including `toMs`. Each bucket begins a multiple of `widthMs` before or after
 * `alignMs`. Claims outside the buckets are not counted.
 */
export function bucketsOf(
  points: readonly ClaimPoint[],
  { fromMs, toMs, alignMs, widthMs }: { fromMs: number; toMs: number; alignMs: number; widthMs: number },
): TimeBuckets {
  const beginMs = alignMs + Math.floor((fromMs - alignMs) / widthMs) * widthMs;
  const counts = Array.from({ length: Math.floor((toMs - beginMs) / widthMs) + 1 }, () => 0);
  const add = (at: number, claims: number): void => {
    if (at >= 0 && at < counts.length) counts[at] = (counts[at] ?? 0) + claims;
  };
  for (const { sinceMs, atMs, claims } of points) {
    const last = Math.floor((atMs - beginMs) / widthMs);
    const first = Math.max(0, Math.floor((sinceMs - beginMs) / widthMs));
    let counted = 0;
    for (let at = first; at < Math.min(last, counts.length); at += 1) {
      // Rounds the running total, not each bucket's part, so that the parts add up to the total.
      const until = Math.round((claims * (beginMs + (at + 1) * widthMs - sinceMs)) / (atMs - sinceMs));
      add(at, until - counted);
      counted = until;
    }
    add(last, claims - counted);
  }
  return { fromMs: beginMs, widthMs, counts };
}

/** The smallest of the widths 10, 20, 50, 100 and so on that is at least `leastMs` and needs at most `max` buckets. */
export function bucketWidthMs(spanMs: number, { leastMs, max }: { leastMs: number; max: number }): number {
  for (let decade = 10; ; decade *= 10) {
    for (const step of [1, 2, 5]) {
      const widthMs = decade * step;
      // The first bucket may begin before the span, and the last one ends after it.
      if (widthMs >= leastMs && spanMs / widthMs <= max - 2) return widthMs;
    }
  }
}

/**
 * The bucket with the most claims, or the first of several with equally many; null without claims. Empty buckets cost
 * nothing, so a sale that lasts days can have fine buckets.
 */
export function busiestBucket(
  points: readonly ClaimPoint[],
  { alignMs, widthMs }: { alignMs: number; widthMs: number },
): { atMs: number; claims: number } | null {
  const counts = new Map<number, number>();
  const add = (at: number, claims: number): void => void counts.set(at, (counts.get(at) ?? 0) + claims);
  for (const { sinceMs, atMs, claims } of points) {
    const [first, last] = [sinceMs, atMs].map((ms) => (ms - alignMs) / widthMs) as [number, number];
    const [from, to] = [Math.floor(first), Math.floor(last)];
    if (from === to) {
      add(to, claims);
      continue;
    }
    const perBucket = claims / (last - first);
    add(from, perBucket * (from + 1 - first));
    // All buckets between the first and the last get the same number, so adding one of them is enough.
    if (to > from + 1) add(from + 1, perBucket);
    add(to, perBucket * (last - to));
  }
  let most: { at: number; claims: number } | null = null;
  for (const [at, claims] of counts) {
    const isMore = most === null || claims > most.claims || (claims === most.claims && at < most.at);
    if (isMore) most = { at, claims };
  }
  return most && { atMs: alignMs + most.at * widthMs, claims: Math.round(most.claims) };
}

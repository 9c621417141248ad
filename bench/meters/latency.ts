import type { WrkResult } from '../wrk/wrk.ts';

/** Latencies in ms. Null if there were no answers. */
export type Latency = {
  count: number;
  averageMs: number;
  minMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
} | null;

/** Returns percentiles by nearest rank. */
export function latencyOf(valuesMs: number[]): Latency {
  if (valuesMs.length === 0) return null;
  const sorted = Float64Array.from(valuesMs).sort();
  const rank = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? NaN;
  return {
    count: sorted.length,
    averageMs: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    minMs: rank(0),
    p50Ms: rank(0.5),
    p95Ms: rank(0.95),
    p99Ms: rank(0.99),
    maxMs: rank(1),
  };
}

export const latencyOfWrk = (wrk: WrkResult): Latency => ({
  count: wrk.requests,
  averageMs: wrk.meanUs / 1_000,
  minMs: wrk.minUs / 1_000,
  p50Ms: wrk.p50Us / 1_000,
  p95Ms: wrk.p95Us / 1_000,
  p99Ms: wrk.p99Us / 1_000,
  maxMs: wrk.maxUs / 1_000,
});

/**
 * How long to wait before asking for the time again. The waits are random, so that a crowd's pages don't ask at the
 * same moment. No page asks at the opening.
 */
export function restMs(untilNextMs: number | null, random: () => number = Math.random): number {
  const spread = 0.75 + random() * 0.5;
  if (untilNextMs === null || untilNextMs < 0 || untilNextMs > 5 * 60_000) return 60_000 * spread;
  const rest = (untilNextMs > 60_000 ? 30_000 : 10_000) * spread;
  // The last request before the opening is sent 2 to 8 s before it, the next one 2 to 10 s after it.
  if (untilNextMs < 8_000) return untilNextMs + 2_000 + random() * 8_000;
  return Math.min(rest, untilNextMs - 2_000 - random() * 6_000);
}

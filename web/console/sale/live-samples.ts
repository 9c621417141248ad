/** The rates between two samples of an event, per second. */
export type LiveSample = { atMs: number; accepted: number; refused: number; outbox: number | null };

export type Totals = { atMs: number; issued: number; refused: number | null; outbox: number | null };

const samplesMax = 300;

/**
 * Adds a sample with the rates since the previous totals. A counter that has decreased, as after a reset, counts as
 * unchanged.
 */
export function addTotals(samples: readonly LiveSample[], before: Totals | null, now: Totals): LiveSample[] {
  if (before === null || now.atMs <= before.atMs) return [...samples];
  const perSecond = (from: number | null, to: number | null): number =>
    from === null || to === null ? 0 : (Math.max(0, to - from) * 1_000) / (now.atMs - before.atMs);
  const sample = {
    atMs: now.atMs,
    accepted: perSecond(before.issued, now.issued),
    refused: perSecond(before.refused, now.refused),
    outbox: now.outbox,
  };
  return [...samples, sample].slice(-samplesMax);
}

/** What decides how often a page polls. */
export type Paced = {
  phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open';
  opensAtMs: number;
  /** The server's time when the answer arrived. */
  nowMs: number;
  /** How long the answer took. */
  tookMs: number;
};

/** From this long before the opening, pages don't poll, because everybody is about to claim. */
const quietBeforeMs = 2_000;
const quietAfterMs = 500;

/**
 * How long an open page waits after an answer before it polls again. Pages poll rarely while nothing happens, and never
 * at the opening. If the server is slow they poll less often, so that a crowd's requests can't pile up.
 */
export function pollAfterMs(event: Paced, random: () => number = Math.random): number {
  const ms = Math.max(restMs(event), event.tookMs * 10) * (0.75 + random() * 0.5);
  const untilOpenMs = event.opensAtMs - event.nowMs;
  const reachesIt = untilOpenMs > 0 && ms > untilOpenMs - quietBeforeMs;
  return reachesIt ? untilOpenMs + quietAfterMs + random() * 2_000 : ms;
}

function restMs({ phase, opensAtMs, nowMs }: Paced): number {
  const sinceOpenMs = nowMs - opensAtMs;
  switch (phase) {
    case 'scheduled':
      return sinceOpenMs < -10 * 60_000 ? 60_000 : sinceOpenMs < -60_000 ? 20_000 : 10_000;
    case 'open':
      return sinceOpenMs < 60_000 ? 2_000 : sinceOpenMs < 10 * 60_000 ? 5_000 : 15_000;
    case 'paused':
      return 5_000;
    case 'sold_out':
      // Keep polling, because a top-up may add stock.
      return sinceOpenMs < 10 * 60_000 ? 10_000 : 30_000;
    case 'closed':
      return 60_000;
  }
}

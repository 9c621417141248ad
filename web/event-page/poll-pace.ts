/** The parts of an answer about an event that determine how often the page polls. */
export type Paced = {
  phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open';
  opensAtMs: number;
  /** The server's clock when the answer arrived. */
  nowMs: number;
  /** How long the answer took to arrive. */
  tookMs: number;
};

/** Pages don't poll this shortly before the opening, because everybody is about to claim. */
const quietBeforeMs = 2_000;
const quietAfterMs = 500;

/**
 * Returns how long after an answer an open page asks for its event again. Pages ask rarely while nothing happens, never
 * at the instant of the opening, and less often the more slowly the server answers. So a crowd can't pile up requests.
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
      // Keep polling, because stock may be added.
      return sinceOpenMs < 10 * 60_000 ? 10_000 : 30_000;
    case 'closed':
      return 60_000;
  }
}

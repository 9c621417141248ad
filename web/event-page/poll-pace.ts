/** What of an event its pace depends on, as of one answer. */
export type Paced = {
  phase: 'closed' | 'scheduled' | 'paused' | 'sold_out' | 'open';
  opensAtMs: number;
  /** The server's clock when the answer came. */
  nowMs: number;
  /** How long the answer took to come. */
  tookMs: number;
};

/** Polls stay out of the moments in which everybody claims. */
const quietBeforeMs = 2_000;
const quietAfterMs = 500;

/**
 * How long after an answer an open page asks for its event again. Few ask while nothing happens, nobody at the instant of
 * the opening, and the more slowly the server answers the less often it is asked: a crowd can't pile its questions up.
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
      // Stock may be added.
      return sinceOpenMs < 10 * 60_000 ? 10_000 : 30_000;
    case 'closed':
      return 60_000;
  }
}

/**
 * How long people wait in line, and how often their pages ask. Browsers load this file, so it imports nothing.
 */

/** How many places are called a minute, and how far off that may be. */
export type Pace = { calledPerMinute: number; errorPercent: number };

const leastCalls = 4;
const leastErrorPercent = 5;
/** Beyond this error, an estimate would have no upper end. */
const mostErrorPercent = 90;

/** The pace of a line that called this many places in `overMs`; null if that is too little to tell. */
export function paceOf(called: number, overMs: number): Pace | null {
  if (called < leastCalls || overMs < 5_000) return null;
  // Counts of independent calls vary by about their square root.
  const errorPercent = Math.max(leastErrorPercent, Math.ceil(100 / Math.sqrt(called)));
  return { calledPerMinute: Math.round((called * 600_000) / overMs) / 10, errorPercent };
}

/** How long somebody with this many places ahead will probably wait; null if there is no basis for an estimate. */
export function estimateWait(ahead: number, pace: Pace | null): { fromMs: number; toMs: number } | null {
  if (pace === null || pace.calledPerMinute <= 0) return null;
  const waitMs = ((ahead + 1) * 60_000) / pace.calledPerMinute;
  const error = Math.min(pace.errorPercent, mostErrorPercent) / 100;
  return { fromMs: Math.round(waitMs / (1 + error)), toMs: Math.round(waitMs / (1 - error)) };
}

const pollMinMs = 1_000;
const pollMaxMs = 30_000;
/** Without a pace, a page waits this much longer for each place ahead. */
const msPerPlace = 20;

/** When a page with this many places ahead should ask for its own place again: from 1 s next to the head to 30 s. */
export function pollAfterMs(ahead: number, pace: Pace | null): number {
  const wait = estimateWait(ahead, pace);
  const aimMs = wait === null ? pollMinMs + ahead * msPerPlace : wait.fromMs / 4;
  return Math.round(Math.min(pollMaxMs, Math.max(pollMinMs, aimMs)));
}

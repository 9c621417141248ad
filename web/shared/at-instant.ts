import type { ServerClock } from './clock.ts';

/** Set a new timer at least this often: browsers fire timers beyond 24.8 days at once, and sleep delays timers. */
const lookEveryMs = 30_000;
/** Time the last stretch separately, because long timers fire later than short timers. */
const lastMs = 250;

/** How long to sleep if the instant is `leftMs` away. */
export function sleepMs(leftMs: number): number {
  if (leftMs > lookEveryMs + lastMs) return lookEveryMs;
  return leftMs > lastMs ? leftMs - lastMs / 2 : Math.max(0, Math.ceil(leftMs));
}

/**
 * Calls `fire` once, when the server's clock reaches `instantMs`, or at once if it already has. Never fires early; in a
 * visible tab, fires at most a few ms late. Follows corrections of the clock. Returns a function that cancels the call.
 */
export function atInstant(clock: ServerClock, instantMs: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
  };
  const look = (): void => {
    clearTimeout(timer);
    // Until the server confirms the clock, the clock could be hours ahead.
    const leftMs = clock.errorMs() === Infinity ? Infinity : instantMs - clock.nowMs();
    if (leftMs > 0) {
      timer = setTimeout(look, sleepMs(leftMs));
      return;
    }
    stop();
    fire();
  };
  const unsubscribe = clock.subscribe(look);
  timer = setTimeout(look, 0);
  return stop;
}

import type { ServerClock } from './clock.ts';

/** The longest single timer: browsers fire a timer beyond 24.8 days at once, and sleep delays timers. */
const lookEveryMs = 30_000;
/** The last part gets a separate timer, because long timers are less exact. */
const lastMs = 250;

/** The length of the next timer, for an instant that is `leftMs` away. */
export function sleepMs(leftMs: number): number {
  if (leftMs > lookEveryMs + lastMs) return lookEveryMs;
  return leftMs > lastMs ? leftMs - lastMs / 2 : Math.max(0, Math.ceil(leftMs));
}

/**
 * Calls `fire` once when the server's clock reaches `instantMs`, or at once if it has. Never early; in a visible tab at
 * most a few ms late. Follows corrections of the clock. Returns a function that cancels the call.
 */
export function atInstant(clock: ServerClock, instantMs: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
  };
  const look = (): void => {
    clearTimeout(timer);
    // Before the server's first answer, the clock may be hours ahead.
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

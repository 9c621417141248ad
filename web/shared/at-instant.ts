import type { ServerClock } from './clock.ts';

/** The longest single timer. Browsers fire a timer of more than 24.8 days at once, and sleep delays timers. */
const lookEveryMs = 30_000;
/** The last part of the wait gets a separate timer, because long timers are less accurate. */
const lastMs = 250;

/** Returns how long the next timer must run if the instant is `leftMs` away. */
export function sleepMs(leftMs: number): number {
  if (leftMs > lookEveryMs + lastMs) return lookEveryMs;
  return leftMs > lastMs ? leftMs - lastMs / 2 : Math.max(0, Math.ceil(leftMs));
}

/**
 * Calls `fire` once when the server's clock reaches `instantMs`, or at once if that instant has passed. Never calls it
 * early, and in a visible tab at most a few ms late. If the clock is corrected, the call moves with it. Returns a
 * function that cancels the call.
 */
export function atInstant(clock: ServerClock, instantMs: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
  };
  const look = (): void => {
    clearTimeout(timer);
    // Before the server's first answer, the estimate may be off by hours.
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

import type { ServerClock } from './server-clock.ts';

/** A timer is asked for anew at least this often: browsers fire those beyond 24.8 days at once, and sleep delays them. */
const lookEveryMs = 30_000;
/** The last stretch is timed for itself, because timers come the later the longer they are. */
const lastMs = 250;

/** How long to sleep when the instant is `leftMs` away. */
export function sleepMs(leftMs: number): number {
  if (leftMs > lookEveryMs + lastMs) return lookEveryMs;
  return leftMs > lastMs ? leftMs - lastMs / 2 : Math.max(0, Math.ceil(leftMs));
}

/**
 * Calls `fire` once, at `instantMs` of the server's clock or at once when that is over: never before it, and in a tab that
 * is shown within a few ms after it. Follows what is learned of the clock meanwhile. Returns how to call it off.
 */
export function atInstant(clock: ServerClock, instantMs: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
  };
  const look = (): void => {
    clearTimeout(timer);
    // A clock that the server has not confirmed yet could be hours ahead.
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

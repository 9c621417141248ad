import { addSample, bestSample, errorAt, sampleOf, type ClockSample } from './clock-samples.ts';
import { localMs, type ServerClock } from './clock.ts';
import { restMs } from './sync-pace.ts';

type Options = {
  /** Asks the server for its time. */
  ask: () => Promise<number>;
  /** The next instant, by the server's clock, at which the estimate must be exact; null if there is none. */
  nextAtMs: () => number | null;
};

const burst = 5;
const burstGapMs = 120;
/** If the wall clock moves this much against the monotonic clock, the machine slept or the wall clock was set. */
const jumpMs = 400;

/**
 * Follows the server's clock. Asks some times at the start, then regularly, more often near the opening, but not in the
 * last moments before it. Asks at once when the machine wakes up, the tab is shown, or the network is back.
 */
export function startServerClock({ ask, nextAtMs }: Options): ServerClock {
  let samples: ClockSample[] = [];
  let offsetMs = Date.now() - localMs();
  let wallMs = Date.now() - localMs();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let wanted = burst;
  const listeners = new Set<() => void>();

  const notify = (): void => listeners.forEach((listener) => listener());
  const learn = (sentMs: number, serverMs: number, receivedMs: number): void => {
    samples = addSample(samples, sampleOf(sentMs, serverMs, receivedMs));
    const best = bestSample(samples, localMs());
    if (best === undefined || best.offsetMs === offsetMs) return;
    offsetMs = best.offsetMs;
    notify();
  };

  const sync = async (): Promise<void> => {
    clearTimeout(timer);
    if (asking) return;
    asking = true;
    try {
      const sentMs = localMs();
      const serverMs = await ask();
      noticeJump();
      learn(sentMs, serverMs, localMs());
      wanted = Math.max(0, wanted - 1);
    } catch {
      // Keep the last estimate.
      wanted = Math.max(1, wanted);
    } finally {
      asking = false;
      arm();
    }
  };
  const arm = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') return;
    const nextMs = nextAtMs();
    const rest = restMs(nextMs === null ? null : nextMs - localMs() - offsetMs);
    timer = setTimeout(() => void sync(), wanted > 0 ? burstGapMs * (1 + Math.random()) : rest);
  };

  /** Whether the machine slept or the wall clock was set. Then drops the samples, which are worthless. */
  const noticeJump = (): boolean => {
    const nowWallMs = Date.now() - localMs();
    const jumped = Math.abs(nowWallMs - wallMs) > jumpMs;
    wallMs = nowWallMs;
    if (jumped) samples = [];
    return jumped;
  };
  const wake = (): void => {
    if (document.visibilityState === 'hidden') return;
    wanted = noticeJump() ? burst : Math.max(wanted, 2);
    void sync();
    notify();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('pageshow', wake);
  window.addEventListener('online', wake);
  // No browser event reports that a machine slept with the page open.
  setInterval(() => {
    if (noticeJump()) wake();
  }, 1_000);
  // Deferred so that the page's own request is sent first: a visitor may be waiting for its answer.
  timer = setTimeout(() => void sync());

  return {
    nowMs: () => localMs() + offsetMs,
    errorMs: () => {
      const best = bestSample(samples, localMs());
      return best === undefined ? Infinity : errorAt(best, localMs());
    },
    learn,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

import { addSample, bestSample, errorAt, sampleOf, type ClockSample } from './clock-samples.ts';
import { localMs, type ServerClock } from './clock.ts';
import { restMs } from './sync-pace.ts';

type Options = {
  /** Asks the server for its time, and resolves to it. */
  ask: () => Promise<number>;
  /** The next instant, by the server's clock, at which the estimate must be accurate. Null if there is none. */
  nextAtMs: () => number | null;
};

const burst = 5;
const burstGapMs = 120;
/** If the wall clock moves this far from the monotonic clock, the machine slept or somebody set the wall clock. */
const jumpMs = 400;

/**
 * Keeps an estimate of the server's clock. Asks the server five times at the start, then at intervals that become
 * shorter near the opening, but not in the last 2 s before it. Also asks at once when the machine wakes up, the tab is
 * shown, or the network is back.
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
      // The last estimate stays in use.
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

  /**
   * Returns whether the machine slept or somebody set the wall clock. If so, drops the samples, because they are no
   * longer valid.
   */
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
  // Browsers have no event for a machine that slept while the page was open.
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

import { addSample, bestSample, errorAt, sampleOf, type ClockSample } from './clock-samples.ts';
import { localMs, type ServerClock } from './clock.ts';
import { restMs } from './sync-pace.ts';

type Options = {
  /** Asks the server for its time. */
  ask: () => Promise<number>;
  /** The instant of the server's clock for which it must be known well; null if there is none. */
  nextAtMs: () => number | null;
};

const burst = 5;
const burstGapMs = 120;
/** The wall clock moved this much against the monotonic one: the machine slept, or somebody set it. */
const jumpMs = 400;

/**
 * Follows the server's clock: a few questions at the start, then now and then, more often when the opening is near, none
 * in its last moments, and again at once when the machine wakes up, when the tab is shown or the network is back.
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
      // The last estimate stays. What is shown about the network comes from the calls that matter.
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

  /** After a sleep what was learned before it says nothing any more. */
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
  // A machine that slept with the page open shows no event for it: a look a second costs nothing.
  setInterval(() => {
    if (noticeJump()) wake();
  }, 1_000);
  void sync();

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

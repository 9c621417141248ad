/** Runs `answer`, which sends a refusal, as soon as the pace allows. */
export type RefusalPace = (answer: () => void) => void;

/** At this rate, refusals take a few percent of a core. */
const perSecond = 500;
/** How many refusals are sent without a wait, so that a person who clicks too often learns of it at once. */
const burst = 100;
const waitMaxMs = 2_000;

/**
 * Paces the answers to calls over a limit. Otherwise, a client that repeats each refused call at once would keep a core
 * busy with refusals, however cheap each of them is. Beyond the burst and the rate, an answer waits its turn, but at
 * most `waitMaxMs`. Once `stopping` aborts, no answer waits.
 */
export function createRefusalPace(stopping: AbortSignal): RefusalPace {
  const stepMs = 1_000 / perSecond;
  const waiting = new Map<() => void, NodeJS.Timeout>();
  /** When the latest answer was due at the permitted rate. This time is in the past until the burst is used up. */
  let nextMs = -Infinity;

  stopping.addEventListener('abort', () => {
    for (const [answer, timer] of waiting) {
      clearTimeout(timer);
      answer();
    }
    waiting.clear();
  });

  return (answer) => {
    const nowMs = performance.now();
    nextMs = Math.min(Math.max(nextMs, nowMs - burst * stepMs) + stepMs, nowMs + waitMaxMs);
    if (nextMs <= nowMs || stopping.aborted) return answer();
    const timer = setTimeout(() => {
      waiting.delete(answer);
      answer();
    }, nextMs - nowMs);
    waiting.set(answer, timer);
  };
}

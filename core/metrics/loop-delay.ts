const everyMs = 20;

/**
 * Measures how late timers run, because everything else in the process is as late: sets a timer of 20 ms again and again
 * and passes each one's delay to `take`. Takes 0.01% of a core, and does not keep the process running.
 */
export function watchLoopDelay(take: (lateMs: number) => void): void {
  let dueMs = performance.now() + everyMs;
  const measure = (): void => {
    const nowMs = performance.now();
    take(Math.max(0, nowMs - dueMs));
    dueMs = nowMs + everyMs;
    setTimeout(measure, everyMs).unref();
  };
  setTimeout(measure, everyMs).unref();
}

import type { WatchReconcile } from '../../core/reconcile/report.ts';

const everyMs = 1_000;

/**
 * Runs `work`. Reports to `watch` once a second how long the call has taken, until `work` reports progress, which it
 * never does with an older API.
 */
export async function withWaitingNotice<T>(
  work: (onProgress: WatchReconcile) => Promise<T>,
  watch: WatchReconcile = () => undefined,
): Promise<T> {
  const beganMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    watch({ step: `the API is comparing the stores (${seconds} s)`, done: 0, of: null });
  }, everyMs);
  try {
    return await work((progress) => {
      clearInterval(timer);
      watch(progress);
    });
  } finally {
    clearInterval(timer);
  }
}

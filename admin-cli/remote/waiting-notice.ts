import type { WatchReconcile } from '../../core/reconcile/report.ts';

const everyMs = 1_000;

/**
 * Settles as `work` does, which tells how far it is; until it does (an older API never will), tells `watch` for how long it
 * has been waited for.
 */
export async function withWaitingNotice<T>(
  work: (heard: WatchReconcile) => Promise<T>,
  watch: WatchReconcile = () => undefined,
): Promise<T> {
  const beganMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    watch({ step: `the API compares the stores (${seconds} s)`, done: 0, of: null });
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

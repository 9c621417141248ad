import type { WatchReconcile } from '../../core/reconcile/report.ts';

const everyMs = 1_000;

/** Settles as `work` does, and tells `watch` for how long it has been waited for: an answer over HTTP has no progress. */
export async function tellWaiting<T>(work: Promise<T>, step: string, watch?: WatchReconcile): Promise<T> {
  const beganMs = performance.now();
  const tell = (): void => {
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    watch?.({ step: `${step} (${seconds} s)`, done: 0, of: null });
  };
  const timer = setInterval(tell, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

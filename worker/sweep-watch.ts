import type { Observers } from '../core/metrics/meters.ts';

/** Runs this worker's sweeps one at a time and reports each. */
export type SweepWatch = {
  /** Runs a sweep, unless one is running. Throws what the sweep throws. */
  run(sweep: () => Promise<void>): Promise<void>;
  /** How long the current sweep has been running; null between sweeps. */
  underWayForMs(): number | null;
};

export function createSweepWatch(observe: Observers['swept'] = () => undefined): SweepWatch {
  let startedMs: number | null = null;
  return {
    underWayForMs: () => (startedMs === null ? null : performance.now() - startedMs),
    run: async (sweep) => {
      // Only one sweep runs at a time. Otherwise another sweep would begin every 5 s during a sweep over a long outbox,
      // until no slot is left for other jobs.
      if (startedMs !== null) return;
      const beganMs = (startedMs = performance.now());
      let ending: 'done' | 'failed' = 'failed';
      try {
        await sweep();
        ending = 'done';
      } finally {
        startedMs = null;
        observe({ ending, tookMs: performance.now() - beganMs, atMs: Date.now() });
      }
    },
  };
}

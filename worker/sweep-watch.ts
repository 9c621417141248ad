import type { Observers } from '../core/metrics/meters.ts';

/** The sweeps of this worker: one at a time, and each is reported. */
export type SweepWatch = {
  /** Runs a sweep, unless one is under way. Throws what the sweep throws. */
  run(sweep: () => Promise<void>): Promise<void>;
  /** For how long the current sweep has run; null between sweeps. */
  underWayForMs(): number | null;
};

export function createSweepWatch(observe: Observers['swept'] = () => undefined): SweepWatch {
  let startedMs: number | null = null;
  return {
    underWayForMs: () => (startedMs === null ? null : performance.now() - startedMs),
    run: async (sweep) => {
      // One that is busy with a long outbox would be joined by another every 5 s, until no place is left for other jobs.
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

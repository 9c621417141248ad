import { sweepEveryMs, type JobQueue } from '../core/jobs/job-queue.ts';
import { beat } from '../core/readiness/worker-beat.ts';
import { sweptKey } from '../core/redis/keys.ts';
import { failureState } from '../core/runtime/state-changes.ts';
import type { Stores } from '../core/stores/stores.ts';

export type JobSupervisor = {
  /** Waits for the current pass to end. */
  stop(): Promise<void>;
};

/**
 * Keeps the worker going even if Redis loses the job queue. Every 5 s, records a heartbeat, restores the sweep schedule
 * if it is missing, and sweeps if no worker has swept for two intervals.
 */
export function startJobSupervisor(stores: Stores, jobs: JobQueue, sweep: () => Promise<void>): JobSupervisor {
  const { redis, clock, log, logged } = stores;
  let beating: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  /**
   * Runs each step separately: if Redis is out of memory, the heartbeat fails, but the sweep must still run, because
   * its drains free memory.
   */
  const attempt = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      logged.clear(`job supervisor ${step}`);
    } catch (err) {
      if (!logged.isNew(`job supervisor ${step}`, failureState(err))) return;
      log.warn({ event: 'caretaker_failed', step, err }, 'a step of the job supervisor failed; it runs again in 5 s');
    }
  };
  const superviseJobs = async (): Promise<void> => {
    await attempt('schedule', () => jobs.scheduleSweeps());
    await attempt('sweep', async () => {
      const swept = Number(await redis.system.client.get(sweptKey));
      if (clock.nowMs() - swept > 2 * sweepEveryMs) await sweep();
    });
  };
  const tick = (): void => {
    // Also runs during a sweep, because a sweep over a long outbox may take minutes, and the worker is alive during
    // that time.
    beating = attempt('heartbeat', () => beat(redis.system.client, clock.nowMs()));
    if (busy) return;
    busy = true;
    running = superviseJobs().finally(() => {
      busy = false;
    });
  };
  tick();
  const timer = setInterval(tick, sweepEveryMs);

  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all([beating, running]);
    },
  };
}

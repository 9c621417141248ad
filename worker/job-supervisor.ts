import { sweepEveryMs, type JobQueue } from '../core/jobs/job-queue.ts';
import { beat } from '../core/readiness/worker-beat.ts';
import { sweptKey } from '../core/redis/keys.ts';
import { failureState } from '../core/runtime/state-changes.ts';
import type { Stores } from '../core/stores/stores.ts';

export type JobSupervisor = {
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
};

/**
 * What must not live in Redis alone: every 5 s each worker shows that it is alive, puts the schedule of sweeps back where
 * it is missing, and sweeps itself when nobody has for two rounds.
 */
export function startJobSupervisor(stores: Stores, jobs: JobQueue, sweep: () => Promise<void>): JobSupervisor {
  const { redis, clock, log, logged } = stores;
  let beating: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  /** Each step for itself: a Redis whose memory is full takes no heartbeat, and the sweep's drains are what frees it. */
  const attempt = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      logged.clear(`job supervisor ${step}`);
    } catch (err) {
      if (!logged.isNew(`job supervisor ${step}`, failureState(err))) return;
      log.warn({ event: 'caretaker_failed', step, err }, 'could not look after the jobs; trying again');
    }
  };
  const careFor = async (): Promise<void> => {
    await attempt('schedule', () => jobs.scheduleSweeps());
    await attempt('sweep', async () => {
      const swept = Number(await redis.client.get(sweptKey));
      if (clock.nowMs() - swept > 2 * sweepEveryMs) await sweep();
    });
  };
  const tick = (): void => {
    // Also while a sweep is under way, which may take minutes over a long outbox: a busy worker is alive.
    beating = attempt('heartbeat', () => beat(redis.client, clock.nowMs()));
    if (busy) return;
    busy = true;
    running = careFor().finally(() => {
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

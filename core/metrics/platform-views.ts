import type { JobQueue } from '../jobs/job-queue.ts';
import type { Watches } from '../readiness/health.ts';
import type { StoresClock } from '../stores/stores.ts';
import type { Watched } from './meters.ts';

/** The views that a process has of the stores and the queue. */
export function platformViews({ health, clock, jobs }: { health: Watches; clock: StoresClock; jobs: JobQueue }) {
  return {
    rounds: async () => ({ rounds: await health.rounds(), nowMs: clock.nowMs() }),
    outboxes: async () => ({ outboxes: await health.outboxes(), nowMs: clock.nowMs() }),
    faults: () => health.faults(),
    clocks: () => health.clocks(),
    replicas: () => health.replicas(),
    jobs: () => jobs.counts(),
  } satisfies Watched;
}

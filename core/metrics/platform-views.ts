import type { JobQueue } from '../jobs/job-queue.ts';
import type { Health, Watches } from '../readiness/health.ts';
import type { Stores, StoresClock } from '../stores/stores.ts';
import type { Watched } from './meters.ts';
import { createRecentSales } from './recent-sales.ts';

/** How long each check may take when metrics are read. A store that hangs then counts as failed. */
export const checkLimitMs = 400;

type Viewed = { stores: Stores; health: Health & Watches; clock: StoresClock; jobs: JobQueue };

/** The views that a process has of the stores and the queue. */
export function platformViews({ stores, health, clock, jobs }: Viewed) {
  const recentSales = createRecentSales(stores, () => health.rounds());
  return {
    rounds: async () => ({ rounds: await health.rounds(), nowMs: clock.nowMs() }),
    outboxes: async () => ({ outboxes: await health.outboxes(), nowMs: clock.nowMs() }),
    faults: () => health.faults(),
    clocks: () => health.clocks(),
    replicas: () => health.replicas(),
    jobs: () => jobs.counts(),
    checks: () => health.check(checkLimitMs),
    sales: async () => ({ sales: await recentSales(), nowMs: clock.nowMs() }),
  } satisfies Watched;
}

import { sweepEveryMs } from '../core/jobs/job-queue.ts';
import { askMasters, askMysql, connectedRedis } from '../core/readiness/ask-store.ts';
import type { Health, HealthCheck } from '../core/readiness/health.ts';
import { probe, type Probed } from '../core/readiness/probe.ts';
import { sweptKey } from '../core/redis/keys.ts';
import type { Stores } from '../core/stores/stores.ts';
import type { SweepWatch } from './sweep-watch.ts';

/** Some worker sweeps every 5 s. If six sweeps in a row are missing, that is an outage. */
const sweepAgeMaxMs = 6 * sweepEveryMs;
/** A sweep over a long outbox may take minutes. A sweep that takes longer than this has hung. */
const sweepTakesMaxMs = 600_000;

/** Whether this process takes jobs from the queue. */
export type JobIntake = {
  /** Says that the process takes jobs, or why it does not. */
  state(): 'takes jobs' | 'is not running' | 'is paused' | 'has no connection to Redis';
};

/** Whether this worker does its work: both stores answer, this worker takes jobs, and some worker sweeps. */
export function createWorkerHealth(stores: Stores, intake: JobIntake, sweeps: SweepWatch): Health {
  const { db, redis, clock } = stores;
  // If MySQL hangs, it answers after 10 s or never, so the next check shares the pending query instead of starting
  // another one.
  const mysql = oneAtATime(() => askMysql(db));

  const takesJobs = (): Promise<string> => {
    const state = intake.state();
    return state === 'takes jobs' ? Promise.resolve(state) : Promise.reject(new Error(state));
  };

  const sweep = async (): Promise<string> => {
    const underWayMs = sweeps.underWayForMs();
    if (underWayMs !== null && underWayMs <= sweepTakesMaxMs) {
      return `a sweep has been running here for ${seconds(underWayMs)}`;
    }
    const swept = await connectedRedis(redis.system).get(sweptKey);
    if (swept === null) throw new Error('no sweep has finished yet');
    const ageMs = Math.max(0, clock.nowMs() - Number(swept));
    const detail = `the last sweep finished ${seconds(ageMs)} ago`;
    if (ageMs > sweepAgeMaxMs) throw new Error(`${detail}; a sweep is due every ${seconds(sweepEveryMs)}`);
    return detail;
  };

  return {
    check: (limitMs) =>
      Promise.all([
        required('redis', () => askMasters(redis), limitMs),
        required('mysql', mysql, limitMs),
        required('jobs', takesJobs, limitMs),
        required('sweep', sweep, limitMs),
      ]),
  };
}

async function required(name: string, ask: () => Promise<string>, limitMs?: number): Promise<HealthCheck> {
  const { ok, detail }: Probed = await probe(ask, limitMs);
  return { name, ok, required: true, detail };
}

/** Shares a pending call instead of starting another one. */
function oneAtATime(ask: () => Promise<string>): () => Promise<string> {
  let asked: Promise<string> | undefined;
  return () =>
    (asked ??= ask().finally(() => {
      asked = undefined;
    }));
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

import type { Job } from 'bullmq';
import { engineOf } from '../core/engines/engines.ts';
import type { FinishOptions } from '../core/engines/finishing.ts';
import { drainOutbox } from '../core/engines/stream/drain.ts';
import { findRound } from '../core/events/event-rows.ts';
import { eventPhase } from '../core/events/phase.ts';
import { seedDueAtMs } from '../core/gate/missing-gate.ts';
import { jobNames, readJob, type JobName, type JobQueue } from '../core/jobs/job-queue.ts';
import type { Observers } from '../core/metrics/meters.ts';
import { finishRound } from '../core/rounds/finish-round.ts';
import { seedRound } from '../core/rounds/seed-round.ts';
import { sweep } from '../core/rounds/sweep.ts';
import type { Stores } from '../core/stores/stores.ts';
import { attributeNames, type Attributes } from '../core/tracing/names.ts';
import { recorded, withSpan } from '../core/tracing/span.ts';
import type { Tracing } from '../core/tracing/tracing.ts';
import { createSweepWatch, type SweepWatch } from './sweep-watch.ts';

type Handlers = Record<JobName, (data: unknown) => Promise<void>>;

/**
 * The worker's handler for each job. Each handler is safe to run twice, late or early, because it reads the remaining
 * work from the round's row. When `signal` aborts, a long handler ends at its next safe point.
 */
export function createHandlers(
  stores: Stores,
  jobs: JobQueue,
  retireAfterMs: number,
  signal?: AbortSignal,
  sweeps: SweepWatch = createSweepWatch(),
): Handlers {
  const { db, clock, seedLeadMs } = stores;
  const options: FinishOptions = { signal, memory: new Map() };
  return {
    seed: async (data) => {
      const { eventId, round } = readJob('seed', data);
      const event = await findRound(db, eventId, round);
      if (event === null || event.currentRound !== round) return;
      // If the opening was moved to a later time, a newer job seeds the round.
      if (
        event.roundRow.needsApproval ||
        event.roundRow.closedAtMs !== null ||
        clock.nowMs() < seedDueAtMs(event.roundRow, seedLeadMs)
      )
        return;
      await seedRound(stores, eventId, round);
    },
    drain: async (data) => {
      const { eventId, round } = readJob('drain', data);
      // Claims accepted during this drain request a drain of their own. Draining them here would take many small
      // statements.
      await drainOutbox(stores, eventId, round, { presentOnly: true, signal });
    },
    finish: async (data) => {
      const { eventId, round } = readJob('finish', data);
      const event = await findRound(db, eventId, round);
      if (event === null) return;
      const phase = eventPhase(
        { ...event.roundRow, closed: event.roundRow.closedAtMs !== null, issued: 0 },
        clock.nowMs(),
      );
      if (phase !== 'closed' || event.roundRow.seededAtMs === null) return;
      // Redis lost the round, and perhaps claims that MySQL lacks. Don't verify the round: an empty Redis and an empty
      // MySQL would seem to agree.
      if ((await engineOf(event.strategy).status(stores, event)).lost) return;
      await finishRound(stores, event, options);
    },
    sweep: (data) => {
      readJob('sweep', data);
      return sweeps.run(() => sweep(stores, jobs, retireAfterMs, options));
    },
  };
}

/** Runs a job's handler and reports how it ended. Throws if this version does not know the job. */
export function handleJob(
  handlers: Handlers,
  job: Pick<Job, 'name' | 'data'>,
  observe: Observers['job'],
  tracing: Tracing | null = null,
): Promise<void> {
  if (tracing === null) return runJob(handlers, job, observe);
  const span = tracing.begin(() => ({
    name: `job ${job.name}`,
    kind: 'consumer',
    attributes: { [attributeNames.job]: job.name, ...roundOf(job.data) },
  }));
  const run = () => runJob(handlers, job, observe);
  return span === undefined ? withSpan(undefined, run) : recorded(span, run);
}

function roundOf(data: unknown): Attributes {
  const { eventId, round } = (data ?? {}) as { eventId?: unknown; round?: unknown };
  return {
    ...(typeof eventId === 'string' && { [attributeNames.eventId]: eventId }),
    ...(typeof round === 'number' && { [attributeNames.round]: round }),
  };
}

async function runJob(handlers: Handlers, job: Pick<Job, 'name' | 'data'>, observe: Observers['job']): Promise<void> {
  const name = jobNames.find((known) => known === job.name);
  const startedMs = performance.now();
  let ending: 'done' | 'failed' = 'failed';
  try {
    if (name === undefined)
      throw new Error(`There is no handler for the job ${job.name}. Do all processes run the same version?`);
    await handlers[name](job.data);
    ending = 'done';
  } finally {
    observe({ name: name ?? 'unknown', ending, tookMs: performance.now() - startedMs });
  }
}

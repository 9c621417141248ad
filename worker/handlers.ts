import type { Job } from 'bullmq';
import { drainOutbox } from '../core/engines/stream/drain.ts';
import { decidingStore } from '../core/events/event.ts';
import { finishRound } from '../core/rounds/finish-round.ts';
import { readJob, type JobName, type JobQueue } from '../core/jobs/job-queue.ts';
import { findRound } from '../core/events/event-rows.ts';
import { eventPhase } from '../core/events/phase.ts';
import type { FinishOptions } from '../core/rounds/verify-round.ts';
import { seedRound } from '../core/gate/seed-round.ts';
import type { Stores } from '../core/stores/stores.ts';
import { surveyRound } from '../core/rounds/survey.ts';
import { sweep } from '../core/rounds/sweep.ts';

/**
 * What a worker does for each job. Each is safe to run twice, and late or early: the row says what is still to do.
 * `signal` ends what may take long at the next place where it can be left.
 */
export function createHandlers(
  stores: Stores,
  jobs: JobQueue,
  retireAfterMs: number,
  signal?: AbortSignal,
): Record<JobName, (data: unknown) => Promise<void>> {
  const { db, clock, seedLeadMs } = stores;
  const options: FinishOptions = { signal, memory: new Map() };
  let sweeping = false;
  return {
    seed: async (data) => {
      const { eventId, round } = readJob('seed', data);
      const event = await findRound(db, eventId, round);
      // Moved to later meanwhile: another job knows when.
      if (event === null || event.currentRound !== round) return;
      if (
        event.roundRow.needsApproval ||
        event.roundRow.closedAtMs !== null ||
        event.roundRow.opensAtMs - clock.nowMs() > seedLeadMs
      )
        return;
      await seedRound(stores, eventId, round);
    },
    drain: async (data) => {
      const { eventId, round } = readJob('drain', data);
      // What is accepted meanwhile asks for a drain of its own; chasing it would make many small statements.
      await drainOutbox(stores, eventId, round, { presentOnly: true, signal });
    },
    finish: async (data) => {
      const { eventId, round } = readJob('finish', data);
      const event = await findRound(db, eventId, round);
      // Where MySQL decides, there is nothing to drain, and nothing that could differ.
      if (event === null || decidingStore(event.strategy) === 'mysql') return;
      const phase = eventPhase(
        { ...event.roundRow, closed: event.roundRow.closedAtMs !== null, issued: 0 },
        clock.nowMs(),
      );
      if (phase !== 'closed' || event.roundRow.seededAtMs === null) return;
      // Redis lost it, with claims that MySQL may lack: an empty Redis and an empty MySQL would look alike.
      if ((await surveyRound(stores, event)).lost) return;
      await finishRound(stores, event, options);
    },
    sweep: async (data) => {
      readJob('sweep', data);
      // One that is busy with a long outbox would be joined by another every 5 s, until no place is left for other jobs.
      if (sweeping) return;
      sweeping = true;
      try {
        await sweep(stores, jobs, retireAfterMs, options);
      } finally {
        sweeping = false;
      }
    },
  };
}

/** Runs the handler of a job. Throws for a job that this version does not know. */
export function handleJob(handlers: ReturnType<typeof createHandlers>, job: Job): Promise<void> {
  const name = Object.keys(handlers).find((known): known is JobName => known === job.name);
  if (name === undefined)
    throw new Error(`There is no handler for the job ${job.name}. Do all processes run the same version?`);
  return handlers[name](job.data);
}

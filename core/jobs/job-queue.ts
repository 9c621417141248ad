import { once } from 'node:events';
import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queuePrefix } from '../redis/keys.ts';
import type { Logger } from '../runtime/log.ts';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import { PacedDrains, type DrainAsker } from './paced-drains.ts';

/** The jobs, with their names and data. Every job is safe to run twice. If a job is lost, the sweep does its work. */
const ofRound = z.object({ eventId: z.string(), round: z.number().int() });
const jobFormat: Format = { newest: 1, of: 'a job' };

export const jobSchemas = {
  /** Makes a round's gate shortly before the round opens. */
  seed: ofRound,
  /** Moves a round's outbox to MySQL until the outbox is empty. */
  drain: ofRound,
  /** After the closing time, drains the round and verifies that MySQL has every claim that the gate issued. */
  finish: ofRound,
  /** Checks all rounds, and does the work of jobs that were lost. */
  sweep: z.object({}),
} as const;

/**
 * Reads a job's data. Throws if the job is not one of ours, or was written by a newer version; the sweep then does its
 * work.
 */
export const readJob = <Name extends JobName>(name: Name, data: unknown): z.infer<(typeof jobSchemas)[Name]> =>
  jobSchemas[name].parse(readFormatted(jobFormat, data)) as z.infer<(typeof jobSchemas)[Name]>;

export type JobName = keyof typeof jobSchemas;
export const jobNames = Object.keys(jobSchemas) as JobName[];
export type RoundJob = z.infer<typeof ofRound>;

export const queueName = 'firstcome';
export const sweepEveryMs = 5_000;

const kept: JobsOptions = { removeOnComplete: true, removeOnFail: { count: 100 } };

const jobStates = ['waiting', 'active', 'delayed', 'failed'] as const;
/** How many jobs are in each state. At most 100 failed jobs are kept, for people to look at. */
export type JobCounts = Record<(typeof jobStates)[number], number>;

export type JobQueue = DrainAsker & {
  /**
   * Schedules a round's seeding for `delayMs` from now. The opening time is part of the job's id, so that a changed
   * opening time makes a new job.
   */
  scheduleSeed(job: RoundJob, opensAtMs: number, delayMs: number): Promise<void>;
  scheduleFinish(job: RoundJob, closesAtMs: number, delayMs: number): Promise<void>;
  /**
   * Schedules the sweeps unless they are scheduled already. Call this again from time to time, because a FLUSHALL
   * deletes the schedule.
   */
  scheduleSweeps(): Promise<void>;
  counts(): Promise<JobCounts>;
  close(): Promise<void>;
};

/**
 * If the queue's Redis is down, a request fails at once. A failed drain request is only logged, because the sweep
 * drains later.
 */
export function openJobQueue(connection: Redis, log: Logger): JobQueue {
  const queue = new Queue(queueName, {
    connection,
    prefix: queuePrefix,
    defaultJobOptions: kept,
    // BullMQ asks for Redis's version once, at the start. If the connection broke at that moment, the queue would never
    // work again.
    skipVersionCheck: true,
  });
  queue.on('error', (err) => log.debug({ event: 'queue_error', err }, 'the job queue lost its connection to Redis'));
  const drain = (job: RoundJob): void => {
    const id = `drain-${job.eventId}-${job.round}`;
    // If a request arrives during a drain, keeps it until that drain ends. Otherwise BullMQ would drop the request.
    queue
      .add('drain' satisfies JobName, withFormat(jobFormat, job), { deduplication: { id, keepLastIfActive: true } })
      .catch((err: unknown) => {
        log.warn(
          { event: 'drain_not_asked', ...job, err },
          'a drain could not be requested; the sweep will drain later',
        );
      });
  };

  const drains = new PacedDrains(drain);

  return {
    ask: (eventId, round) => drains.ask(eventId, round),
    scheduleSeed: async (job, opensAtMs, delayMs) => {
      await queue.add('seed' satisfies JobName, withFormat(jobFormat, job), {
        jobId: jobId('seed', job, opensAtMs),
        delay: Math.max(delayMs, 0),
      });
    },
    scheduleFinish: async (job, closesAtMs, delayMs) => {
      const id = jobId('finish', job, closesAtMs);
      await queue.add('finish' satisfies JobName, withFormat(jobFormat, job), {
        jobId: id,
        delay: Math.max(delayMs, 0),
      });
    },
    scheduleSweeps: async () => {
      // Adding a scheduler again would postpone its next run.
      if ((await queue.getJobScheduler('sweep')) !== undefined) return;
      await queue.upsertJobScheduler(
        'sweep',
        { every: sweepEveryMs },
        { name: 'sweep' satisfies JobName, data: withFormat(jobFormat, {}), opts: kept },
      );
    },
    counts: async () => {
      const counts = await queue.getJobCounts(...jobStates);
      const count = (state: keyof JobCounts): number => counts[state] ?? 0;
      return {
        ...{ waiting: count('waiting'), active: count('active') },
        ...{ delayed: count('delayed'), failed: count('failed') },
      };
    },
    close: async () => {
      drains.stop();
      await queue.close();
      // A Redis that hangs does not answer QUIT.
      if (connection.status === 'ready') await connection.quit().catch(() => connection.disconnect());
      else connection.disconnect();
    },
  };
}

/** A read-only view of the queue. */
export type JobQueueView = { queue: Queue; answers(): Promise<boolean>; close(): Promise<void> };

/** Opens a view over `connection`, and closes `connection` with it. */
export function openJobQueueView(connection: Redis): JobQueueView {
  const queue = new Queue(queueName, {
    connection,
    prefix: queuePrefix,
    skipVersionCheck: true,
    // A view writes nothing.
    skipMetasUpdate: true,
  });
  // The connection for claims reports the same outage.
  queue.on('error', () => undefined);
  const ready = (): Promise<boolean> =>
    connection.ping().then(
      () => true,
      () => false,
    );
  return {
    queue,
    answers: async () => {
      if (connection.status === 'connecting' || connection.status === 'connect') {
        await Promise.race([once(connection, 'ready'), once(connection, 'close')]).catch(() => undefined);
      }
      return ready();
    },
    close: async () => {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** The same work at the same time has the same id, so adding a job that already exists has no effect. */
const jobId = (name: JobName, { eventId, round }: RoundJob, atMs: number): string =>
  `${name}-${eventId}-${round}-${atMs}`;

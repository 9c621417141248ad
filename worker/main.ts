import { flushCompileCache } from 'node:module';
import { Worker } from 'bullmq';
import { queueName } from '../core/jobs/job-queue.ts';
import { createMeters } from '../core/metrics/meters.ts';
import { checkLimitMs, platformViews } from '../core/metrics/platform-views.ts';
import { openPlatform } from '../core/platform.ts';
import type { Health, HealthCheck } from '../core/readiness/health.ts';
import { createReadiness } from '../core/readiness/readiness.ts';
import { queuePrefix } from '../core/redis/keys.ts';
import { openConsumerRedis } from '../core/redis/open-redis.ts';
import { closeDeadlineMs, Lifecycle } from '../core/runtime/lifecycle.ts';
import { createLog, onWarning } from '../core/runtime/log.ts';
import { failureState } from '../core/runtime/state-changes.ts';
import { type Env, parseEnv } from '../core/settings/env.ts';
import { listenTrouble } from '../core/settings/listen-trouble.ts';
import { traceFields } from '../core/tracing/span.ts';
import { openTracing } from '../core/tracing/open-tracing.ts';
import { createHandlers, handleJob } from './handlers.ts';
import { startJobSupervisor } from './job-supervisor.ts';
import { startLineTimer } from './line-timer.ts';
import { startSaleLog } from './sale-log.ts';
import { openStatusServer } from './status-server.ts';
import { createSweepWatch } from './sweep-watch.ts';
import { createWorkerHealth, type JobIntake } from './worker-health.ts';

/** How many jobs run at a time. One slow drain must not delay the seeding of another event. */
const concurrency = 8;
/**
 * The limit is long, because no caller waits for a drain. Counting a round's claims takes 0.4 us per claim, so 10 s is
 * enough for 25 million.
 */
const mysqlTimeoutMs = 10_000;
/**
 * Other workers pick up a killed worker's jobs when the lock has expired and the next check for stalled jobs has run:
 * after 15 s instead of BullMQ's 60 s. The lock is renewed every 5 s; a drain's batches take a few ms and never delay
 * the renewal.
 */
const lockDuration = 10_000;
const stalledInterval = 5_000;
/**
 * How soon to look for jobs again after a Redis failure. With BullMQ's default of 15 s, only the sweep would drain
 * during that time.
 */
const runRetryDelay = 1_000;
/** Every job is safe to run again, so a job is never given up because it stalled. */
const maxStalledCount = 1_000;
const starting: HealthCheck = { name: 'process', ok: false, required: true, detail: 'is starting' };

const env = readEnv();
const log = createLog('worker', env.logLevel, env.tracing === null ? undefined : traceFields);
const life = new Lifecycle(log, closeDeadlineMs);
let stopping = false;

const meters = createMeters('worker', { processMetrics: true });
onWarning(log, (event) => meters.observe.warned({ event }));
/** Until the rest is running, the process is alive but not ready. */
let health: Health = { check: () => Promise.resolve([starting]) };
const status = await openStatusServer(env.worker, {
  readiness: createReadiness({ check: () => health.check() }, () => stopping),
  metricsText: () => meters.registry.metrics(),
  log,
}).catch((err: unknown): never => {
  const trouble = listenTrouble(err, env.worker, { port: 'WORKER_PORT', host: 'WORKER_HOST' });
  log.fatal({ event: 'worker_not_started', err }, trouble ?? 'the worker could not start');
  process.exit(1);
});
// Added first so that it is closed last: until then /readyz reports that the worker is stopping.
life.add('status server', status, (s) => s.close());

const tracing = env.tracing && (await openTracing(env.tracing, 'worker', log));
// Closed after the platform: until then, spans end.
if (tracing) life.add('tracing', tracing, (t) => t.close());
const { observe } = meters;
const platform = life.add('platform', await openPlatform({ env, log, tracing, observe, mysqlTimeoutMs }), (p) =>
  p.close(),
);
const { stores, jobs } = platform;
meters.watch({ ...platformViews(platform), checks: () => health.check(checkLimitMs) });
/** Ends running drains when the worker stops, because a drain does not end by itself while claims keep arriving. */
const stopSignal = new AbortController();
const sweeps = createSweepWatch(meters.observe.swept);
const handlers = createHandlers(stores, jobs, env.retireAfterMs, stopSignal.signal, sweeps);
const connection = life.add('job connection', openConsumerRedis(env.queueRedis), (redis) => {
  redis.disconnect();
  return Promise.resolve();
});
connection.on('error', (err: Error) => log.debug({ event: 'redis_error', err }, 'the job connection to Redis failed'));
const worker = new Worker(queueName, (job) => handleJob(handlers, job, observe.job, tracing), {
  connection,
  prefix: queuePrefix,
  concurrency,
  lockDuration,
  stalledInterval,
  runRetryDelay,
  maxStalledCount,
});
worker.on('error', (err) => log.warn({ event: 'worker_error', err }, 'the job queue can’t be reached; trying again'));
worker.on('failed', (job, err) => {
  // While MySQL is down, every sweep fails for the same reason, every 5 s. Log that once.
  if (job?.name === 'sweep' && !stores.logged.isNew('sweep job', failureState(err))) return;
  log.error(
    { event: 'job_failed', job: job?.name, jobId: job?.id, err },
    'a job failed; the next sweep will do its work',
  );
});
worker.on('completed', ({ name }) => {
  if (name === 'sweep') stores.logged.clear('sweep job');
});
life.add('job worker', worker, (w) => w.close());
life.add(
  'job supervisor',
  startJobSupervisor(stores, jobs, () => handlers.sweep({})),
  (supervisor) => supervisor.stop(),
);
life.add('line timer', startLineTimer(stores, platform.line), (lines) => lines.stop());
life.add('sale log', startSaleLog(stores), (sales) => sales.stop());
// The cache is written now, because a process that is killed would leave no cache for the next start. Does nothing
// without NODE_COMPILE_CACHE.
flushCompileCache();
health = createWorkerHealth(stores, { state: () => intakeOf(worker, connection.status) }, sweeps);
log.info({ event: 'worker_ready', ...status.address }, 'the worker is running');

const stop = (signal: NodeJS.Signals): void => {
  if (stopping) process.exit(1);
  stopping = true;
  log.info({ event: 'worker_stopping', signal }, 'the worker is stopping; running jobs may finish');
  stopSignal.abort();
  void life.close().then((inTime) => process.exit(inTime ? 0 : 1));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

function intakeOf(jobWorker: Worker, connectionStatus: string): ReturnType<JobIntake['state']> {
  if (!jobWorker.isRunning()) return 'is not running';
  if (jobWorker.isPaused()) return 'is paused';
  return connectionStatus === 'ready' ? 'takes jobs' : 'has no connection to Redis';
}

function readEnv(): Env {
  try {
    return parseEnv(process.env);
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1);
  }
}

import { tokenRefusals } from '../access/token-refusal.ts';
import type { RoundStatus } from '../engines/engine.ts';
import { engineOf } from '../engines/engines.ts';
import { jobNames } from '../jobs/job-queue.ts';
import { limitNames } from '../limits/over-limit.ts';
import { countFaults } from '../readiness/alarm.ts';
import { closeReasons, endings, lanes, type Metric } from './metric.ts';

/** In seconds. */
const claimBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const workBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const persistenceBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/**
 * Every metric of every process, besides prom-client's own (`process_*`, `nodejs_*`). A metric either changes `when`
 * something happens (`Facts`), or takes its value `from` something that the process can look at (`Views`).
 */
export const catalogue = {
  requests: {
    name: 'firstcome_http_requests_total',
    help: 'HTTP requests answered, by lane and status',
    of: ['api'],
    type: 'counter',
    when: 'requestAnswered',
    labels: { lane: ({ lane }) => lane, status: ({ status }) => status },
  },
  claims: {
    name: 'firstcome_claims_total',
    help: 'Claims answered, by outcome',
    of: ['api'],
    type: 'counter',
    when: 'claimAnswered',
    labels: { outcome: ({ outcome }) => outcome },
  },
  claimDuration: {
    name: 'firstcome_claim_duration_seconds',
    help: 'How long deciding a claim took, by outcome',
    of: ['api'],
    type: 'histogram',
    when: 'claimAnswered',
    labels: { outcome: ({ outcome }) => outcome },
    value: ({ tookMs }) => tookMs / 1_000,
    bounds: claimBounds,
  },
  batchSize: {
    name: 'firstcome_claim_batch_size',
    help: 'Claims that went to Redis in one script call',
    of: ['api'],
    type: 'histogram',
    when: 'claimBatch',
    value: (claims) => claims,
    bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  },
  tokensRefused: {
    name: 'firstcome_tokens_refused_total',
    help: 'Requests refused because of their token or API key, by reason',
    of: ['api'],
    type: 'counter',
    when: 'tokenRefused',
    labels: { reason: { of: ({ reason }) => reason, known: tokenRefusals } },
  },
  callsLimited: {
    name: 'firstcome_calls_limited_total',
    help: 'Calls refused with 429 because the caller made too many, by limit and by lane through the API (each call of a batch counts)',
    of: ['api'],
    type: 'counter',
    when: 'callsLimited',
    labels: { limit: { of: ({ limit }) => limit, known: limitNames }, lane: { of: ({ lane }) => lane, known: lanes } },
    add: ({ calls }) => calls,
  },
  connections: {
    name: 'firstcome_http_connections',
    help: 'Open connections, by whether they have been answered yet',
    of: ['api'],
    type: 'gauge',
    from: 'connections',
    show: ({ fresh, used }) => [
      { labels: { state: 'fresh' }, value: fresh },
      { labels: { state: 'used' }, value: used },
    ],
  },
  connectionsMax: {
    name: 'firstcome_http_connections_max',
    help: 'Connections that may be open at once',
    of: ['api'],
    type: 'gauge',
    from: 'connections',
    show: ({ max }) => max,
  },
  connectionsClosed: {
    name: 'firstcome_http_connections_closed_total',
    help: 'Connections closed or refused to stay within the limits, by reason',
    of: ['api'],
    type: 'counter',
    when: 'connectionClosed',
    labels: { reason: { of: ({ reason }) => reason, known: closeReasons } },
  },
  processes: {
    name: 'firstcome_api_processes',
    help: 'API processes that answered',
    of: ['api'],
    type: 'gauge',
    from: 'self',
    show: () => 1,
  },
  rounds: {
    name: 'firstcome_rounds',
    help: 'Rounds that are in Redis',
    of: ['api'],
    type: 'gauge',
    from: 'rounds',
    show: ({ rounds }) => rounds.length,
    together: 'max',
  },
  issued: {
    name: 'firstcome_issued_claims',
    help: 'Claims that the gates in Redis have issued',
    of: ['api'],
    type: 'gauge',
    from: 'rounds',
    show: ({ rounds }) => sum(rounds, ({ gate }) => gate?.issued ?? 0),
    together: 'max',
  },
  gatesLost: {
    name: 'firstcome_gates_lost',
    help: 'Events that are stopped because their gate is lost',
    of: ['api'],
    type: 'gauge',
    from: 'rounds',
    show: ({ rounds, nowMs }) =>
      sum(rounds, (round) => (round.lost && engineOf(round.event.strategy).isAlarmingLoss(round.event, nowMs) ? 1 : 0)),
    together: 'max',
  },
  replicas: {
    name: 'firstcome_redis_replicas',
    help: 'Up-to-date replicas of the Redis primary that has the fewest',
    of: ['api'],
    type: 'gauge',
    from: 'replicas',
    show: (replicas) => replicas,
    together: 'max',
  },
  acksMissing: {
    name: 'firstcome_replica_acks_missing_total',
    help: 'Answers withheld because too few replicas acknowledged in time',
    of: ['api', 'worker'],
    type: 'counter',
    when: 'acksMissing',
  },
  setAside: {
    name: 'firstcome_set_aside_claims',
    help: 'Claims that MySQL could not store and nobody has settled, in all rounds',
    of: ['api'],
    type: 'gauge',
    from: 'faults',
    // While MySQL is down, an empty list of rounds does not mean that there are no faults, so the metric has no value.
    show: ({ rounds, complete }) => (complete || rounds.length > 0 ? countFaults(rounds) : null),
    together: 'max',
  },
  clockDifference: {
    name: 'firstcome_clock_difference_seconds',
    help: 'Absolute difference between a clock and Redis’s clock',
    of: ['api'],
    type: 'gauge',
    from: 'clocks',
    // The values are absolute, because only the highest of several processes' values counts.
    show: (gaps) => gaps.map(({ clock, aheadMs }) => ({ labels: { clock }, value: Math.abs(aheadMs) / 1_000 })),
    together: 'max',
  },
  outbox: {
    name: 'firstcome_outbox_claims',
    help: 'Accepted claims that are not yet in MySQL',
    of: ['api', 'worker'],
    type: 'gauge',
    from: 'outboxes',
    show: ({ outboxes }) => outboxes.reduce((total, { claims }) => total + claims, 0),
    together: 'max',
  },
  persistenceLag: {
    name: 'firstcome_persistence_lag_seconds',
    help: 'Age of the oldest claim that is not in MySQL',
    of: ['api', 'worker'],
    type: 'gauge',
    from: 'outboxes',
    show: ({ outboxes, nowMs }) => {
      const oldestAtMs = Math.min(...outboxes.map((outbox) => outbox.oldestAtMs ?? Infinity));
      return oldestAtMs === Infinity ? 0 : Math.max(0, nowMs - oldestAtMs) / 1_000;
    },
    together: 'max',
  },
  persistence: {
    name: 'firstcome_persistence_seconds',
    help: 'Time from a claim’s decision until a drain had stored it in MySQL',
    of: ['worker'],
    type: 'histogram',
    when: 'persisted',
    value: ({ afterMs }) => afterMs / 1_000,
    times: ({ claims }) => claims,
    bounds: persistenceBounds,
  },
  drainPersisted: {
    name: 'firstcome_drain_persisted_claims_total',
    // A claim may be counted twice: two drains of one outbox may both move it, and a drain may move it again if an
    // earlier drain died before it finished.
    help: 'Claims that drains have stored in MySQL, or found stored there',
    of: ['worker'],
    type: 'counter',
    when: 'drained',
    add: ({ persisted }) => persisted,
  },
  drainSetAside: {
    name: 'firstcome_drain_set_aside_claims_total',
    help: 'Claims that drains have set aside because MySQL could not store them',
    of: ['worker'],
    type: 'counter',
    when: 'drained',
    add: ({ setAside }) => setAside,
  },
  drainBatchSize: {
    name: 'firstcome_drain_batch_size',
    help: 'Claims that a drain moved to MySQL in one statement',
    of: ['worker'],
    type: 'histogram',
    when: 'drained',
    value: ({ claims }) => claims,
    bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
  },
  drainDuration: {
    name: 'firstcome_drain_batch_duration_seconds',
    help: 'How long a drain took to move one batch',
    of: ['worker'],
    type: 'histogram',
    when: 'drained',
    value: ({ tookMs }) => tookMs / 1_000,
    bounds: workBounds,
  },
  sweeps: {
    name: 'firstcome_sweeps_total',
    help: 'Sweeps that this worker ran, by outcome',
    of: ['worker'],
    type: 'counter',
    when: 'swept',
    labels: { ending: { of: ({ ending }) => ending, known: endings } },
  },
  sweepDuration: {
    name: 'firstcome_sweep_duration_seconds',
    help: 'How long a sweep took',
    of: ['worker'],
    type: 'histogram',
    when: 'swept',
    value: ({ tookMs }) => tookMs / 1_000,
    bounds: workBounds,
  },
  lastSweep: {
    name: 'firstcome_sweep_last_success_timestamp_seconds',
    help: 'When this worker last finished a sweep without an error, in seconds since 1970',
    of: ['worker'],
    type: 'gauge',
    when: 'swept',
    set: ({ ending, atMs }) => (ending === 'done' ? atMs / 1_000 : null),
  },
  jobs: {
    name: 'firstcome_jobs_total',
    help: 'Jobs that this worker ran, by job and outcome',
    of: ['worker'],
    type: 'counter',
    when: 'job',
    labels: {
      job: { of: ({ name }) => name, known: jobNames },
      ending: { of: ({ ending }) => ending, known: endings },
    },
  },
  jobDuration: {
    name: 'firstcome_job_duration_seconds',
    help: 'How long a job took, by job',
    of: ['worker'],
    type: 'histogram',
    when: 'job',
    labels: { job: ({ name }) => name },
    value: ({ tookMs }) => tookMs / 1_000,
    bounds: workBounds,
  },
  queued: {
    name: 'firstcome_queue_jobs',
    help: 'Jobs in the queue, by state; the last 100 failed ones are kept',
    of: ['worker'],
    type: 'gauge',
    from: 'jobs',
    show: (counts) => Object.entries(counts).map(([state, value]) => ({ labels: { state }, value })),
  },
} as const satisfies Record<string, Metric>;

function sum(rounds: RoundStatus[], read: (round: RoundStatus) => number): number {
  return rounds.reduce((total, round) => total + read(round), 0);
}

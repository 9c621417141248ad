import { dashboardOf, graph, stat, timeline, type Dashboard } from './grafana.ts';
import { average, halfAndMost, quantile, rate } from './queries.ts';

const workers = 'firstcome_check_ok{check="jobs"}';

/** The workers: how claims reach MySQL, and whether jobs and sweeps run. */
export const worker: Dashboard = dashboardOf({
  uid: 'firstcome-worker',
  title: 'Firstcome: workers',
  description: 'How claims reach MySQL, and whether jobs and sweeps run. A log line explains each failure.',
  panels: [
    stat({
      title: 'Workers',
      description: 'Workers that Prometheus reaches.',
      queries: [{ expr: `count(${workers})` }],
      ...{ width: 6, badBelow: 1 },
    }),
    stat({
      title: 'Since the last sweep',
      description: 'A sweep is due every 5 s. Above 300 s, an alarm fires.',
      queries: [{ expr: 'time() - max(firstcome_sweep_last_success_timestamp_seconds)' }],
      ...{ width: 6, unit: 's', badFrom: 300 },
    }),
    stat({
      title: 'Failed jobs',
      description: 'In the last hour. The next sweep does their work; job_failed in the log names the error.',
      queries: [{ expr: 'sum(increase(firstcome_worker_jobs_total{ending="failed"}[1h]))' }],
      ...{ width: 6, badFrom: 1, decimals: 0 },
    }),
    stat({
      title: 'Claims set aside',
      description: 'Claims that drains could not store, in the last hour. Each is owed to somebody.',
      queries: [{ expr: 'sum(increase(firstcome_drain_set_aside_claims_total[1h]))' }],
      ...{ width: 6, badFrom: 1, decimals: 0 },
    }),
    graph({
      title: 'Claims stored',
      description: 'Per second, by worker.',
      queries: [
        {
          expr: `sum by (instance) (${rate('firstcome_drain_persisted_claims_total')})`,
          legend: '{{instance}}',
        },
      ],
      ...{ width: 12, unit: 'ops', stacked: true },
    }),
    graph({
      title: 'How long a claim takes to reach MySQL',
      description: 'From its decision until MySQL has it. Below 2 s in a sale.',
      queries: halfAndMost('firstcome_persistence_seconds'),
      ...{ width: 12, unit: 's' },
    }),
    graph({
      title: 'Claims in one statement',
      description: 'At most 1,000. Larger batches cost less per claim.',
      queries: [{ expr: average('firstcome_drain_batch_size'), legend: 'average' }],
      width: 12,
    }),
    graph({
      title: 'How long a drain takes per batch',
      description: 'If this grows, look at MySQL.',
      queries: halfAndMost('firstcome_drain_batch_duration_seconds'),
      ...{ width: 12, unit: 's' },
    }),
    timeline({
      title: 'Checks of the workers',
      description: 'The checks of each worker’s /readyz.',
      queries: [
        {
          expr: `firstcome_check_ok and on (job, instance) ${workers}`,
          legend: '{{check}}, {{instance}}',
        },
      ],
      width: 12,
    }),
    graph({
      title: 'Jobs',
      description: 'Jobs that ended per second, by name and by how they ended.',
      queries: [
        { expr: `sum by (name, ending) (${rate('firstcome_worker_jobs_total')})`, legend: '{{name}}, {{ending}}' },
      ],
      ...{ width: 12, unit: 'ops' },
    }),
    graph({
      title: 'How long jobs take',
      description: '99 of 100 jobs took at most this long.',
      queries: [{ expr: quantile(0.99, 'firstcome_worker_job_duration_seconds', ['name']), legend: '{{name}}' }],
      ...{ width: 12, unit: 's' },
    }),
    graph({
      title: 'Jobs in the queue',
      description: 'waiting should stay near 0. The last 100 failed jobs are kept for people to look at.',
      queries: [{ expr: 'max by (state) (firstcome_queue_jobs)', legend: '{{state}}' }],
      width: 12,
    }),
    graph({
      title: 'Sweeps',
      description: 'Sweeps that ended per second, by how they ended.',
      queries: [{ expr: `sum by (ending) (${rate('firstcome_sweeps_total')})`, legend: '{{ending}}' }],
      ...{ width: 8, unit: 'ops' },
    }),
    graph({
      title: 'How long a sweep takes',
      description: 'A sweep over a long outbox may take minutes.',
      queries: halfAndMost('firstcome_sweep_duration_seconds'),
      ...{ width: 8, unit: 's' },
    }),
    graph({
      title: 'Warnings and errors in the logs',
      description:
        'Lines per minute of all processes, by their event. docs/operations.md says what the important ones mean.',
      queries: [{ expr: 'sum by (event) (increase(firstcome_log_warnings_total[1m]))', legend: '{{event}}' }],
      width: 8,
    }),
    graph({
      title: 'How busy the workers are',
      description: 'The share of a core that each worker uses.',
      queries: [
        {
          expr: `${rate('process_cpu_seconds_total')} and on (job, instance) ${workers}`,
          legend: 'cores, {{instance}}',
        },
      ],
      width: 12,
    }),
    graph({
      title: 'Memory of the workers',
      description: 'Resident memory. It is limited, whatever the length of the outbox.',
      queries: [{ expr: `process_resident_memory_bytes and on (job, instance) ${workers}`, legend: '{{instance}}' }],
      ...{ width: 12, unit: 'bytes' },
    }),
  ],
});

import { dashboardOf, graph, stat, timeline, type Dashboard } from './grafana.ts';
import { average, halfAndMost, rate } from './queries.ts';

/** Redis and MySQL, as the processes see them. */
export const stores: Dashboard = dashboardOf({
  uid: 'firstcome-stores',
  title: 'Firstcome: stores',
  description: 'Redis and MySQL, as API and workers see them. Watch the servers themselves with their own exporters.',
  panels: [
    timeline({
      title: 'Redis',
      description: 'Whether each process reaches Redis, whether Redis keeps what it accepts, and has its replicas.',
      queries: [
        {
          expr: 'min by (check, instance) (firstcome_check_ok{check=~"redis|topology|durability|replicas"})',
          legend: '{{check}}, {{instance}}',
        },
      ],
      width: 12,
    }),
    timeline({
      title: 'MySQL and the clocks',
      description: 'Whether each process reaches MySQL, and whether all clocks agree.',
      queries: [
        {
          expr: 'min by (check, instance) (firstcome_check_ok{check=~"mysql|clocks"})',
          legend: '{{check}}, {{instance}}',
        },
      ],
      width: 12,
    }),
    stat({
      title: 'Rounds in Redis',
      description:
        'A finished round leaves Redis by itself. If this only grows, see the alarm FirstcomeRoundNotRetired.',
      queries: [{ expr: 'max(firstcome_rounds)' }],
      width: 6,
    }),
    stat({
      title: 'Claims of these rounds',
      description: 'About 100 bytes of Redis’s memory each.',
      queries: [{ expr: 'max(firstcome_issued_claims)' }],
      width: 6,
    }),
    stat({
      title: 'Replicas of Redis',
      description: 'Of the primary that has the fewest. REDIS_REPLICA_ACKS says how many you need.',
      queries: [{ expr: 'max(firstcome_redis_replicas)' }],
      width: 6,
    }),
    stat({
      title: 'Answers withheld for lack of a replica',
      description: 'Since the processes started. Each was a 503.',
      queries: [{ expr: 'sum(firstcome_replica_acks_missing_total)' }],
      ...{ width: 6, badFrom: 1 },
    }),
    graph({
      title: 'Claims in one call to Redis',
      description: 'More people at once means larger batches, which cost Redis less per claim.',
      queries: [{ expr: average('firstcome_claim_batch_size'), legend: 'average' }],
      width: 12,
    }),
    graph({
      title: 'Calls to Redis that decide claims',
      description: 'Per second. Each call waits for Redis’s disk once, so more people don’t mean more calls.',
      queries: [{ expr: `sum(${rate('firstcome_claim_batch_size_count')})`, legend: 'calls' }],
      ...{ width: 12, unit: 'ops' },
    }),
    graph({
      title: 'Claims stored in MySQL',
      description: 'Per second, by all workers.',
      queries: [{ expr: `sum(${rate('firstcome_drain_persisted_claims_total')})`, legend: 'stored' }],
      ...{ width: 12, unit: 'ops' },
    }),
    graph({
      title: 'How long MySQL takes to store a batch',
      description: 'If this grows, look at MySQL: disk, locks, other clients.',
      queries: halfAndMost('firstcome_drain_batch_duration_seconds'),
      ...{ width: 12, unit: 's' },
    }),
    graph({
      title: 'Claims that wait for MySQL',
      description: 'In all outboxes. They are safe in Redis, as long as its memory suffices.',
      queries: [{ expr: 'max(firstcome_outbox_claims)', legend: 'waiting' }],
      width: 12,
    }),
    graph({
      title: 'Clocks: difference from Redis’s clock',
      description: 'A few milliseconds with NTP. Above 1 s, an alarm fires.',
      queries: [{ expr: 'max by (clock) (firstcome_clock_difference_seconds)', legend: '{{clock}}' }],
      ...{ width: 12, unit: 's' },
    }),
  ],
});

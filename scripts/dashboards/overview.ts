import { dashboardOf, graph, stat, timeline, type Dashboard } from './grafana.ts';
import { halfAndMost, quantile, rate } from './queries.ts';

/** All events and processes at once: the page to open when an alarm fires. */
export const overview: Dashboard = dashboardOf({
  uid: 'firstcome-overview',
  title: 'Firstcome: overview',
  description: 'All events and all processes. docs/operations.md says what to do about each alarm.',
  panels: [
    stat({
      title: 'Alarms that fire',
      description: 'Alarms of deploy/observability/alarms.yaml. Their runbook links say what to do.',
      queries: [{ expr: 'count(ALERTS{alertstate="firing", alertname=~"Firstcome.*"}) or vector(0)' }],
      ...{ width: 4, badFrom: 1 },
    }),
    stat({
      title: 'API processes',
      description: 'Processes that answer calls. If there are fewer than you started, read their logs.',
      queries: [{ expr: 'sum(firstcome_api_processes)' }],
      ...{ width: 4, badBelow: 1 },
    }),
    stat({
      title: 'Workers',
      description: 'Workers that Prometheus reaches. Without one, no claim reaches MySQL.',
      queries: [{ expr: 'count(firstcome_check_ok{check="jobs"})' }],
      ...{ width: 4, badBelow: 1 },
    }),
    stat({
      title: 'Stopped events',
      description: 'Events whose gate is lost. Nobody can claim until an operator repairs them.',
      queries: [{ expr: 'max(firstcome_gates_lost)' }],
      ...{ width: 4, badFrom: 1 },
    }),
    stat({
      title: 'Oldest claim that waits for MySQL',
      description: 'Below 2 s in a sale. Above 30 s, an alarm fires: look at the workers and at MySQL.',
      queries: [{ expr: 'max(firstcome_persistence_lag_seconds)' }],
      ...{ width: 4, unit: 's', badFrom: 30, decimals: 1 },
    }),
    stat({
      title: 'Claims set aside',
      description: 'Claims that MySQL could not store and nobody has settled. Each is owed to somebody.',
      queries: [{ expr: 'max(firstcome_set_aside_claims)' }],
      ...{ width: 4, badFrom: 1 },
    }),
    graph({
      title: 'Answers to claims',
      description: 'Claims answered per second, by how they ended. unavailable, gate_lost and error need a look.',
      queries: [{ expr: `sum by (outcome) (${rate('firstcome_claims_total')})`, legend: '{{outcome}}' }],
      ...{ width: 12, unit: 'ops', stacked: true },
    }),
    graph({
      title: 'How long a claim takes',
      description: 'Time in the API from the arrival of a claim until its answer.',
      queries: halfAndMost('firstcome_claim_duration_seconds'),
      ...{ width: 6, unit: 's' },
    }),
    graph({
      title: 'How long a claim takes, by strategy',
      description: '99 of 100 claims were answered within this time. unknown: the event is not seeded.',
      queries: [{ expr: quantile(0.99, 'firstcome_claim_duration_seconds', ['strategy']), legend: '{{strategy}}' }],
      ...{ width: 6, unit: 's' },
    }),
    timeline({
      title: 'Checks of /readyz',
      description: 'Green while every process passes the check. /readyz says what is wrong.',
      queries: [{ expr: 'min by (check) (firstcome_check_ok)', legend: '{{check}}' }],
      width: 12,
    }),
    graph({
      title: 'Coupons left',
      description: 'Of the 50 events that open or opened last. The dashboard "one sale" shows each in detail.',
      queries: [
        {
          expr: 'max by (event_id) (firstcome_event_remaining_coupons) * on (event_id) group_left (name) max by (event_id, name) (firstcome_event_info)',
          legend: '{{name}} ({{event_id}})',
        },
      ],
      width: 12,
    }),
    graph({
      title: 'HTTP answers',
      description: 'Requests answered per second, by status, over all lanes.',
      queries: [{ expr: `sum by (status) (${rate('firstcome_http_requests_total')})`, legend: '{{status}}' }],
      ...{ width: 8, unit: 'reqps', stacked: true },
    }),
    graph({
      title: 'Refused callers',
      description: 'Calls per second over a limit (429), and requests with a token that is refused (401).',
      queries: [
        { expr: `sum by (limit) (${rate('firstcome_calls_limited_total')})`, legend: 'limit: {{limit}}' },
        { expr: `sum by (reason) (${rate('firstcome_tokens_refused_total')})`, legend: 'token: {{reason}}' },
      ],
      ...{ width: 8, unit: 'reqps' },
    }),
    graph({
      title: 'How busy the API is',
      description:
        'The share of a core that each process uses, and by how much 1% of its answers are late. At 1 core, run more processes.',
      queries: [
        {
          expr: `${rate('process_cpu_seconds_total')} / on (job, instance) firstcome_api_processes`,
          legend: 'cores, {{instance}}',
        },
        {
          expr: `${quantile(0.99, 'firstcome_event_loop_delay_seconds', ['job', 'instance'])} and on (job, instance) firstcome_api_processes`,
          legend: 'seconds late, {{instance}}',
        },
      ],
      width: 8,
    }),
    graph({
      title: 'Connections',
      description: 'Open connections to the API. At the maximum, the API closes idle ones.',
      queries: [
        { expr: 'sum by (state) (firstcome_http_connections)', legend: '{{state}}' },
        { expr: 'sum(firstcome_http_connections_max)', legend: 'maximum' },
      ],
      width: 12,
    }),
    graph({
      title: 'Connections closed to stay within the limits',
      description: 'Per second, by reason. docs/operations.md#connections says what each reason means.',
      queries: [{ expr: `sum by (reason) (${rate('firstcome_http_connections_closed_total')})`, legend: '{{reason}}' }],
      ...{ width: 12, unit: 'ops' },
    }),
  ],
});

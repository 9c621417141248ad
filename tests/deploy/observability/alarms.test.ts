import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import type { Metric } from '../../../core/metrics/metric.ts';
import { root } from '../../support/processes.ts';
import { declarePrometheus, itNeedsPrometheus, promtool, writeTestFile } from '../../support/prometheus.ts';
import { alarmsFile, readAlarms, type Alarm } from './alarms.ts';

declarePrometheus();

const alarms = readAlarms();
const runbook = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
/** The rows of the table of alarms, without its head. */
const rows = /## Alarms, and what to do\n(.*?)\n## /s
  .exec(runbook)?.[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2);

describe('each alarm of docs/operations.md', () => {
  const anchorsOf = (text: string): string[] =>
    [...text.matchAll(/<a id="(alarm-[a-z-]+)">/g)].map(([, id = '']) => id);

  it('has a rule, and each rule has a row there that says what to do', () => {
    expect(rows?.filter((row) => anchorsOf(row).length === 0)).toEqual([]);
    const inDocs = anchorsOf(rows?.join('\n') ?? '');
    expect(inDocs.length).toBeGreaterThan(20);
    expect(inDocs).toEqual([...new Set(inDocs)]);
    const inRules = alarms.map(({ annotations }) => annotations.runbook_url);
    expect(inRules.toSorted()).toEqual(inDocs.map((id) => `docs/operations.md#${id}`).toSorted());
  });

  it('has a rule whose name is its anchor, a severity, and texts that say what happened and what it means', () => {
    for (const { alert, labels, annotations, expr } of alarms) {
      const words = alert.replace(/^Firstcome/, '').match(/[A-Z][a-z]+/g) ?? [];
      expect(annotations.runbook_url).toBe(`docs/operations.md#alarm-${words.join('-').toLowerCase()}`);
      expect(labels.severity).toMatch(/^(critical|warning)$/);
      expect(annotations.summary).toMatch(/^[A-Z{].{10,}[^.]$/);
      expect(annotations.description).toMatch(/^[A-Z].{10,}\.$/);
      expect(expr).not.toMatch(/job="/);
    }
  });
});

it('alarms ask only for metrics that the catalogue has', () => {
  const known = new Set<string>(Object.values<Metric>(catalogue).map(({ name }) => name));
  const named = alarms.flatMap(({ expr }) => expr.match(/\bfirstcome_[a-z_]+/g) ?? []);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name) && !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
});

itNeedsPrometheus('promtool accepts the rules', () => {
  expect(promtool(['check', 'rules', alarmsFile])).toMatchObject({ code: 0 });
});

/** What Prometheus scrapes every 15 s. All is well for a minute, then the fault begins. */
type Fault = {
  series: Record<string, string>;
  /** The labels of the alarm, besides its name and severity. */
  labels?: Record<string, string>;
  /** When the alarm fires at the latest. */
  by?: string;
};

const api = { job: 'firstcome-api', instance: 'api:9000' };
const worker = { job: 'firstcome-worker', instance: 'worker:9001' };
const of = (name: string, labels: Record<string, string>): string =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`;

const fails = '1+0x4 0+0x60';
const stays = (value: number): string => `${value}+0x64`;
const becomes = (value: number): string => `0+0x4 ${value}+0x60`;
const rises = (by = 100): string => `0+0x4 ${by}+${by}x60`;
const once = '0+0x4 1+0x60';

/** A check of `/readyz` fails while both stores answer, unless the check is about one of them. */
const check = (name: string, at = api): Fault => ({
  series: {
    [of('firstcome_check_ok', { ...at, check: name })]: fails,
    ...Object.fromEntries(
      ['redis', 'mysql']
        .filter((store) => store !== name)
        .map((store) => [of('firstcome_check_ok', { ...at, check: store }), stays(1)]),
    ),
  },
  labels: { ...at, check: name },
});
const logged = (event: string, values = once): Fault => ({
  series: { [of('firstcome_log_warnings_total', { ...worker, event })]: values },
});

const faults: Record<string, Fault[]> = {
  FirstcomeProcessDown: [{ series: { [of('up', worker)]: fails }, labels: worker }],
  FirstcomeApiSaturated: [
    {
      series: {
        [of('firstcome_api_processes', api)]: stays(2),
        [of('firstcome_event_loop_delay_seconds_bucket', { ...api, le: '0.01' })]: '100+100x4 500+0x60',
        [of('firstcome_event_loop_delay_seconds_bucket', { ...api, le: '0.25' })]: '100+100x64',
        [of('firstcome_event_loop_delay_seconds_bucket', { ...api, le: '+Inf' })]: '100+100x64',
        [of('process_cpu_seconds_total', api)]: '0+1x64',
      },
      labels: api,
    },
    {
      series: {
        [of('firstcome_api_processes', api)]: stays(2),
        [of('process_cpu_seconds_total', api)]: '0+1x4 30+30x60',
      },
      labels: api,
    },
  ],
  FirstcomeRedisDown: [check('redis'), check('redis', worker)],
  FirstcomeRedisTopology: [check('topology')],
  FirstcomeDurabilityWeak: [check('durability')],
  FirstcomeReplicasFew: [check('replicas')],
  FirstcomeReplicaAcksMissing: [{ series: { [of('firstcome_replica_acks_missing_total', api)]: once } }],
  FirstcomePromisedClaimsMissing: [logged('promised_claims_missing')],
  FirstcomeRedisOutdated: [{ ...logged('redis_outdated'), labels: worker }],
  FirstcomeGateLost: [{ series: { [of('firstcome_gates_lost', api)]: becomes(1) } }],
  FirstcomeTriesUncounted: [logged('tries_uncounted')],
  FirstcomeLineLost: [logged('line_lost')],
  FirstcomeLineStopped: [logged('line_stopped')],
  FirstcomeMysqlDown: [check('mysql'), check('mysql', worker)],
  FirstcomeOutboxStuck: [{ series: { [of('firstcome_persistence_lag_seconds', worker)]: '0+0x4 0+15x60' } }],
  FirstcomeClaimsSetAside: [{ series: { [of('firstcome_set_aside_claims', api)]: becomes(1) } }],
  FirstcomeClocksDiffer: [
    {
      series: { [of('firstcome_clock_difference_seconds', { ...api, clock: 'mysql' })]: becomes(2) },
      labels: { clock: 'mysql' },
    },
  ],
  FirstcomeNoWorker: [check('worker')],
  FirstcomeWorkerStuck: [check('jobs', worker), check('sweep', worker)],
  FirstcomeNoSweep: [
    { series: { [of('firstcome_sweep_last_success_timestamp_seconds', worker)]: '0+15x4 60+0x60' }, by: '6m30s' },
  ],
  FirstcomeJobsFail: [
    {
      series: { [of('firstcome_worker_jobs_total', { ...worker, name: 'drain', ending: 'failed' })]: rises(1) },
      labels: { name: 'drain' },
    },
  ],
  FirstcomeDrainSetsAside: [{ series: { [of('firstcome_drain_set_aside_claims_total', worker)]: once } }],
  FirstcomeRoundDiffers: [logged('round_differs')],
  FirstcomeRoundSetAside: [logged('round_set_aside')],
  FirstcomeRoundNotRetired: [logged('round_not_retired', '0+0x4 1+0x4 2+0x4 3+0x50')],
  FirstcomeUnsoldRound: [logged('unsold_round')],
  FirstcomeGateBehind: [logged('gate_behind')],
  FirstcomeClaimsUnavailable: [
    { series: { [of('firstcome_claims_total', { ...api, outcome: 'unavailable' })]: rises() } },
  ],
  FirstcomeTokensRefused: [
    {
      series: { [of('firstcome_tokens_refused_total', { ...api, reason: 'signature' })]: rises() },
      labels: { reason: 'signature' },
    },
  ],
  FirstcomeCallsLimited: [
    {
      series: { [of('firstcome_calls_limited_total', { ...api, limit: 'address', lane: 'hot' })]: rises() },
      labels: { limit: 'address' },
    },
  ],
  FirstcomeConnectionsClosed: [
    {
      series: { [of('firstcome_http_connections_closed_total', { ...api, reason: 'full' })]: once },
      labels: { reason: 'full' },
    },
  ],
};

it('each alarm has a fault below that must set it off', () => {
  expect(Object.keys(faults).toSorted()).toEqual(alarms.map(({ alert }) => alert).toSorted());
});

describe('an alarm is silent until its fault begins, and then fires, says so and names the runbook', () => {
  const cases = alarms.flatMap((alarm) => (faults[alarm.alert] ?? []).map((fault) => ({ alarm, fault })));
  for (const { alarm, fault } of cases) {
    itNeedsPrometheus(`${alarm.alert} (${Object.values(fault.labels ?? {}).join(', ')})`, () => {
      const file = writeTestFile('fault.yaml', JSON.stringify(unitTest(alarm, fault)));
      expect(promtool(['test', 'rules', file])).toMatchObject({ code: 0 });
    });
  }
});

describe('the cause fires alone:', () => {
  const silent = (alert: string, series: Record<string, string>): void => {
    const test = {
      ...{ interval: '15s', input_series: inputs(series) },
      alert_rule_test: [{ alertname: alert, eval_time: '5m', exp_alerts: [] }],
    };
    const file = writeTestFile('silent.yaml', JSON.stringify({ rule_files: [alarmsFile], tests: [test] }));
    expect(promtool(['test', 'rules', file])).toMatchObject({ code: 0 });
  };
  for (const [name, alert] of [
    ['topology', 'FirstcomeRedisTopology'],
    ['durability', 'FirstcomeDurabilityWeak'],
    ['replicas', 'FirstcomeReplicasFew'],
    ['worker', 'FirstcomeNoWorker'],
  ] as const) {
    itNeedsPrometheus(`while Redis is down, ${alert} is silent`, () => {
      silent(alert, {
        [of('firstcome_check_ok', { ...api, check: name })]: fails,
        [of('firstcome_check_ok', { ...api, check: 'redis' })]: fails,
      });
    });
  }
  itNeedsPrometheus('a busy worker does not fire the alarm about the API', () => {
    silent('FirstcomeApiSaturated', {
      [of('process_cpu_seconds_total', worker)]: '0+15x64',
      [of('firstcome_event_loop_delay_seconds_bucket', { ...worker, le: '0.01' })]: stays(0),
      [of('firstcome_event_loop_delay_seconds_bucket', { ...worker, le: '+Inf' })]: '100+100x64',
    });
  });
});

const inputs = (series: Record<string, string>) =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }));

function unitTest(alarm: Alarm, { series, labels = {}, by = '5m' }: Fault) {
  const { alert, annotations } = alarm;
  const expand = (text: string): string =>
    text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_all, name: string) => labels[name] ?? '');
  const fired = {
    exp_labels: { ...labels, severity: alarm.labels.severity },
    exp_annotations: Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, expand(text)])),
  };
  const test = {
    ...{ interval: '15s', input_series: inputs(series) },
    alert_rule_test: [
      { alertname: alert, eval_time: '1m', exp_alerts: [] },
      { alertname: alert, eval_time: by, exp_alerts: [fired] },
    ],
  };
  return { rule_files: [alarmsFile], evaluation_interval: '15s', tests: [test] };
}

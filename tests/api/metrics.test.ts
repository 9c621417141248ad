import { AggregatorRegistry, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../api/histogram.ts';
import { metricNames } from '../../api/metric-names.ts';
import { createMetrics } from '../../api/metrics.ts';
import { callerAt } from './call.ts';
import { openRealApi } from './real-server.ts';
import { openTestApi } from './test-server.ts';
import { userToken } from './tokens.ts';

type Sample = { name: string; labels: Record<string, string>; value: number };

/** Reads the text format strictly: every line is a comment of a known kind or a sample of a metric that was announced. */
function parse(text: string): Sample[] {
  const announced = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'TYPE') announced.set(name, rest);
      continue;
    }
    const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`This is not a sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const family = [name, name.replace(/_(bucket|sum|count)$/, '')].find((candidate) => announced.has(candidate));
    if (family === undefined) throw new Error(`Nobody announced ${name}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']): [string, string] => [key, text],
    );
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value.replace('+Inf', 'Infinity')) });
  }
  return samples;
}

const valueOf = (samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined =>
  samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;

describe('/metrics', () => {
  it('counts claims by outcome, requests by lane and status, and how long claims take', async () => {
    await using api = await openTestApi();
    const kim = callerAt(api.url, userToken('kim'));
    for (const eventId of [
      'open',
      'open',
      'open',
      'sold-out',
      'paused',
      'closed',
      'scheduled',
      'busy',
      'unavailable',
      'gate-lost',
      'broken',
      'nobody',
      '?',
    ]) {
      await kim.mutate('claim.submit', { eventId });
    }
    await callerAt(api.url).mutate('claim.submit', { eventId: 'open' });
    await kim.query('event.get', { eventId: 'open' });
    await kim.query('event.list', {});
    await kim.query('claim.list', {});
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = parse(await response.text());
    const outcomes: Record<string, number> = Object.fromEntries(
      samples
        .filter(({ name }) => name === metricNames.claims)
        .map(({ labels, value }) => [labels['outcome'] ?? '', value]),
    );
    expect(outcomes).toEqual({
      ...{ issued: 1, replayed: 2, sold_out: 1, paused: 1, closed: 1, not_open: 1 },
      ...{ busy: 1, unavailable: 1, gate_lost: 1, not_found: 1, error: 1 },
    });
    expect(valueOf(samples, `${metricNames.claimDuration}_count`, { outcome: 'replayed' })).toBe(2);
    expect(valueOf(samples, `${metricNames.claimDuration}_bucket`, { outcome: 'replayed', le: '+Inf' })).toBe(2);
    const requests = (lane: string, status: number) =>
      valueOf(samples, metricNames.requests, { lane, status: String(status) });
    expect(requests('hot', 200)).toBe(7);
    expect(requests('hot', 400)).toBe(1);
    expect(requests('hot', 401)).toBe(1);
    expect(requests('hot', 404)).toBe(1);
    expect(requests('hot', 429)).toBe(1);
    expect(requests('hot', 500)).toBe(1);
    expect(requests('hot', 503)).toBe(2);
    expect(requests('read', 200)).toBe(2);
    expect(requests('stock', 200)).toBe(1);
  });

  it('tells batch sizes, outbox and lag on real stores, and of the process, without a user in it', async () => {
    await using api = await openRealApi();
    const operator = api.admin('operator');
    const { data } = await operator.mutate('admin.event.create', {
      ...{ name: 'Sale', amount: 1, stock: 5, opensAt: new Date(api.platform.clock.nowMs() + 60_000).toISOString() },
    });
    const { id } = data as { id: string };
    await api.user('kim-of-the-metrics').mutate('claim.submit', { eventId: id });
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const samples = parse(text);
    expect(valueOf(samples, `${metricNames.batchSize}_count`)).toBeGreaterThan(0);
    expect(valueOf(samples, metricNames.processes)).toBe(1);
    expect(text).not.toContain('kim-of-the-metrics');
  });
});

describe('a histogram', () => {
  const make = () => {
    const registry = new Registry();
    const histogram = new Histogram({ name: 'took', help: 'Took', label: 'how', bounds: [1, 2, 5], registry });
    return { registry, histogram };
  };

  it('puts each value at its bound, and sums', async () => {
    const { registry, histogram } = make();
    for (const value of [0, 1, 1.5, 2, 5, 6, 100]) histogram.observe('fast', value);
    histogram.observe('slow', 7);
    const samples = parse(await registry.metrics());
    const bucket = (how: string, le: string) => valueOf(samples, 'took_bucket', { how, le });
    expect(['1', '2', '5', '+Inf'].map((le) => bucket('fast', le))).toEqual([2, 4, 5, 7]);
    expect(['1', '2', '5', '+Inf'].map((le) => bucket('slow', le))).toEqual([0, 0, 0, 1]);
    expect(valueOf(samples, 'took_sum', { how: 'fast' })).toBe(115.5);
    expect(valueOf(samples, 'took_count', { how: 'fast' })).toBe(7);
    expect(histogram.totals()).toEqual(
      new Map([
        ['fast', 7],
        ['slow', 1],
      ]),
    );
  });

  it('of several processes adds up', async () => {
    const [first, second] = [make(), make()];
    first.histogram.observe('fast', 1);
    second.histogram.observe('fast', 3);
    second.histogram.observe('slow', 3);
    const parts = await Promise.all([first, second].map(({ registry }) => registry.getMetricsAsJSON()));
    // Between processes they travel as JSON.
    const all = AggregatorRegistry.aggregate(JSON.parse(JSON.stringify(parts)) as object[]);
    const samples = parse(await all.metrics());
    expect(valueOf(samples, 'took_count', { how: 'fast' })).toBe(2);
    expect(valueOf(samples, 'took_bucket', { how: 'fast', le: '1' })).toBe(1);
    expect(valueOf(samples, 'took_bucket', { how: 'fast', le: '5' })).toBe(2);
    expect(valueOf(samples, 'took_count', { how: 'slow' })).toBe(1);
  });
});

it('the process tells its CPU, memory and event loop', async () => {
  const text = await createMetrics({ processMetrics: true }).registry.metrics();
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
});

import { AggregatorRegistry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMeters, type Meters } from '../../../core/metrics/meters.ts';
import type { Metric } from '../../../core/metrics/metric.ts';
import { parseMetrics, valueOf } from '../../support/metrics-text.ts';

const open = (metrics: Record<string, Metric>): Meters => createMeters('api', { processMetrics: false, metrics });
const samplesOf = async ({ registry }: Meters) => parseMetrics(await registry.metrics());

const took = {
  name: 'firstcome_took_seconds',
  help: 'How long it took',
  of: ['api'],
  type: 'histogram',
  when: 'claimAnswered',
  labels: { outcome: ({ outcome }) => outcome },
  value: ({ tookMs }) => tookMs / 1_000,
  bounds: [1, 2, 5],
} satisfies Metric;

describe('a histogram', () => {
  it('counts each value in its bucket, and sums the values', async () => {
    const meters = open({ took });
    for (const seconds of [0, 1, 1.5, 2, 5, 6, 100])
      meters.observe.claimAnswered({ outcome: 'fast', tookMs: seconds * 1_000 });
    meters.observe.claimAnswered({ outcome: 'slow', tookMs: 7_000 });
    const samples = await samplesOf(meters);
    const bucket = (outcome: string, le: string) => valueOf(samples, `${took.name}_bucket`, { outcome, le });
    expect(['1', '2', '5', '+Inf'].map((le) => bucket('fast', le))).toEqual([2, 4, 5, 7]);
    expect(['1', '2', '5', '+Inf'].map((le) => bucket('slow', le))).toEqual([0, 0, 0, 1]);
    expect(valueOf(samples, `${took.name}_sum`, { outcome: 'fast' })).toBe(115.5);
    expect(valueOf(samples, `${took.name}_count`, { outcome: 'fast' })).toBe(7);
  });

  it('is added up across processes', async () => {
    const [first, second] = [open({ took }), open({ took })];
    first.observe.claimAnswered({ outcome: 'fast', tookMs: 1_000 });
    second.observe.claimAnswered({ outcome: 'fast', tookMs: 3_000 });
    second.observe.claimAnswered({ outcome: 'slow', tookMs: 3_000 });
    const samples = await together([first, second]);
    expect(valueOf(samples, `${took.name}_count`, { outcome: 'fast' })).toBe(2);
    expect(valueOf(samples, `${took.name}_bucket`, { outcome: 'fast', le: '1' })).toBe(1);
    expect(valueOf(samples, `${took.name}_bucket`, { outcome: 'fast', le: '5' })).toBe(2);
    expect(valueOf(samples, `${took.name}_count`, { outcome: 'slow' })).toBe(1);
  });

  it('counts one observation as many times as the metric says', async () => {
    const waited = {
      name: 'firstcome_waited_seconds',
      help: 'How long claims waited',
      of: ['api'],
      type: 'histogram',
      when: 'persisted',
      value: ({ afterMs }) => afterMs / 1_000,
      times: ({ claims }) => claims,
      bounds: [1],
    } satisfies Metric;
    const meters = open({ waited });
    meters.observe.persisted({ claims: 256, afterMs: 500 });
    meters.observe.persisted({ claims: 2, afterMs: 3_000 });
    const samples = await samplesOf(meters);
    expect(valueOf(samples, `${waited.name}_bucket`, { le: '1' })).toBe(256);
    expect(valueOf(samples, `${waited.name}_count`)).toBe(258);
    expect(valueOf(samples, `${waited.name}_sum`)).toBe(134);
  });

  it('ignores a value that is not a number, because one such value would make the sum useless', async () => {
    const meters = open({ took });
    meters.observe.claimAnswered({ outcome: 'fast', tookMs: NaN });
    meters.observe.claimAnswered({ outcome: 'fast', tookMs: 1_000 });
    const samples = await samplesOf(meters);
    expect(valueOf(samples, `${took.name}_sum`, { outcome: 'fast' })).toBe(1);
    expect(valueOf(samples, `${took.name}_count`, { outcome: 'fast' })).toBe(1);
  });
});

describe('a counter', () => {
  it('starts at zero for known labels, so that its first increase is visible', async () => {
    const ended = {
      name: 'firstcome_ended_total',
      help: 'What ended',
      of: ['api'],
      type: 'counter',
      when: 'job',
      labels: {
        job: { of: ({ name }) => name, known: ['drain', 'sweep'] },
        ending: { of: ({ ending }) => ending, known: ['done', 'failed'] },
      },
    } satisfies Metric;
    const meters = open({ ended });
    meters.observe.job({ name: 'drain', ending: 'failed', tookMs: 1 });
    meters.observe.job({ name: 'unknown', ending: 'failed', tookMs: 1 });
    const counted = (await samplesOf(meters)).map(({ labels, value }) => [labels['job'], labels['ending'], value]);
    expect(counted).toEqual([
      ['drain', 'done', 0],
      ['drain', 'failed', 1],
      ['sweep', 'done', 0],
      ['sweep', 'failed', 0],
      ['unknown', 'failed', 1],
    ]);
  });
});

describe('a gauge', () => {
  const last = {
    name: 'firstcome_last_seconds',
    help: 'When it last worked',
    of: ['api'],
    type: 'gauge',
    when: 'swept',
    set: ({ ending, atMs }) => (ending === 'done' ? atMs : null),
  } satisfies Metric;

  it('of facts has no value before the first fact, and then has the value of the latest fact', async () => {
    const meters = open({ last });
    const value = async () => valueOf(await samplesOf(meters), last.name);
    meters.observe.swept({ ending: 'failed', tookMs: 1, atMs: 1 });
    expect(await value()).toBeUndefined();
    meters.observe.swept({ ending: 'done', tookMs: 1, atMs: 2 });
    meters.observe.swept({ ending: 'failed', tookMs: 1, atMs: 3 });
    expect(await value()).toBe(2);
  });

  it('of a view has no value while the view is missing, fails or hangs, and does not delay other metrics', async () => {
    const faults = {
      name: 'firstcome_faults',
      help: 'What went wrong',
      of: ['api'],
      type: 'gauge',
      from: 'faults',
      show: ({ rounds }) => rounds.length,
    } satisfies Metric;
    const processes = {
      name: 'firstcome_processes',
      help: 'Who answers',
      of: ['api'],
      type: 'gauge',
      from: 'self',
      show: () => 1,
    } satisfies Metric;
    const meters = open({ faults, processes });
    const values = async () => {
      const samples = await samplesOf(meters);
      return [valueOf(samples, faults.name), valueOf(samples, processes.name)];
    };
    expect(await values()).toEqual([undefined, 1]);
    meters.watch({ faults: () => Promise.reject(new Error('MySQL is away')) });
    expect(await values()).toEqual([undefined, 1]);
    meters.watch({ faults: () => Promise.withResolvers<never>().promise });
    expect(await values()).toEqual([undefined, 1]);
    meters.watch({ faults: () => ({ rounds: [], complete: true }) });
    expect(await values()).toEqual([0, 1]);
  });

  it('of several processes is the maximum of their values if they read the same stores, and otherwise the sum', async () => {
    const sum = {
      name: 'firstcome_sum',
      help: 'Seen',
      of: ['api'],
      type: 'gauge',
      from: 'connections',
      show: ({ used }) => used,
    } satisfies Metric;
    const highest = { ...sum, name: 'firstcome_highest', together: 'max' } satisfies Metric;
    const all = [3, 5].map((used) => {
      const meters = open({ sum, highest });
      meters.watch({ connections: () => ({ fresh: 0, used, max: 9 }) });
      return meters;
    });
    const samples = await together(all);
    expect([valueOf(samples, highest.name), valueOf(samples, sum.name)]).toEqual([5, 8]);
  });
});

it('a bug in one metric affects neither its caller nor other metrics', async () => {
  const broken = {
    ...took,
    name: 'firstcome_broken_seconds',
    value: () => {
      throw new Error('a mistake');
    },
  } satisfies Metric;
  const meters = open({ took, broken });
  expect(() => meters.observe.claimAnswered({ outcome: 'fast', tookMs: 1_000 })).not.toThrow();
  expect(valueOf(await samplesOf(meters), `${took.name}_count`, { outcome: 'fast' })).toBe(1);
});

/**
 * Merges the metrics of several processes, as an API with several processes does. Processes exchange metrics as JSON.
 */
async function together(all: Meters[]) {
  const parts = await Promise.all(all.map(({ registry }) => registry.getMetricsAsJSON()));
  return parseMetrics(await AggregatorRegistry.aggregate(JSON.parse(JSON.stringify(parts)) as object[]).metrics());
}

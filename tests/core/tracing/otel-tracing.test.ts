import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { createLog } from '../../../core/runtime/log.ts';
import { openTracing } from '../../../core/tracing/open-tracing.ts';
import type { TracingSettings } from '../../../core/tracing/tracing.ts';
import { traceparentFor } from '../../support/trace-collector.ts';

const open = (sampler: TracingSettings['sampler'], ratio = 1) =>
  openTracing(
    { serviceName: null, sampler, ratio, sendEveryMs: 60_000, waitingMax: 1 },
    'api',
    createLog('api', 'silent'),
  );
const describeSpan = () => ({ name: 'POST /' });

it.each([0.5, 0.01, 1])(
  'every trace that begins here is among those that OpenTelemetry records at a share of %d',
  async (ratio) => {
    const sampler = new TraceIdRatioBasedSampler(ratio);
    const tracing = await open('traceidratio', ratio);
    const ids: string[] = [];
    for (let call = 0; call < 20_000; call += 1) {
      const span = tracing.begin(describeSpan);
      if (span !== undefined) ids.push(span.traceId);
    }
    // 200 of 20,000 are expected at 0.01; so far from it are fewer than one run in a billion.
    expect(Math.abs(ids.length / 20_000 / ratio - 1)).toBeLessThan(ratio === 1 ? 1e-9 : 0.45);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(sampler.shouldSample(ROOT_CONTEXT, id).decision).toBe(2);
    }
    await tracing.close();
  },
);

it.each<[TracingSettings['sampler'], boolean, boolean, boolean]>([
  ['always_on', true, true, true],
  ['always_off', false, false, false],
  ['parentbased_always_on', true, true, false],
  ['parentbased_always_off', false, true, false],
])(
  '%s records a trace that begins here: %s, one that the caller records: %s, one that it does not: %s',
  async (sampler, own, recorded, not) => {
    const tracing = await open(sampler);
    const { traceId, spanId, traceparent } = traceparentFor();
    expect(tracing.begin(describeSpan) !== undefined).toBe(own);
    expect(tracing.begin(describeSpan, 'nonsense') !== undefined).toBe(own);
    const continued = tracing.begin(describeSpan, traceparent);
    expect(continued?.traceId).toBe(recorded ? traceId : undefined);
    if (recorded) expect(continued?.spanId).not.toBe(spanId);
    expect(tracing.begin(describeSpan, traceparentFor({ sampled: false }).traceparent) !== undefined).toBe(not);
    await tracing.close();
  },
);

it('a span that has ended takes no more attributes or errors', async () => {
  const tracing = await open('always_on');
  const span = tracing.begin(describeSpan);
  span?.end();
  span?.end();
  span?.set({ 'firstcome.job': 'late' });
  span?.fail(new Error('late'));
  expect(span?.hasEnded).toBe(true);
  await tracing.close();
});

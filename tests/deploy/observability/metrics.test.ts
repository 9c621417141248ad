import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import { parseMetrics, valueOf } from '../../support/metrics-text.ts';
import { declarePrometheus, itNeedsPrometheus, promtool } from '../../support/prometheus.ts';
import { createEvent, crowdAt, someUsers, useSystem } from '../../support/system.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';

declarePrometheus();

const stores = useTestStores();
const system = useSystem(() => ({ servers: stores }));

const workerUrl = (): string => {
  const [, port = ''] = /"event":"worker_ready".*"port":(\d+)/.exec(system.worker.output()) ?? [];
  return `http://127.0.0.1:${port}`;
};
const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** Metrics of prom-client, whose names are the same in every Node.js application. */
const isOfPromClient = (line: string): boolean => /^(nodejs|process)_/.test(line);

it('after a sale, an API process shows the event, the strategy, the checks and the build', async () => {
  const event = await createEvent(system.apis[0], { stock: 5 });
  await crowdAt([system.apis[0]], event, { userIds: someUsers(8) }).done;
  const shown = async () => {
    const samples = parseMetrics(await metricsOf(system.apis[0].url));
    const ofEvent = (metric: { name: string }) => valueOf(samples, metric.name, { event_id: event.id });
    if (ofEvent(catalogue.eventRemaining) !== 0) return null;
    return { samples, ofEvent };
  };
  const { samples, ofEvent } = await waitFor(shown, { what: 'the event to be shown as sold out' });
  expect(ofEvent(catalogue.eventInfo)).toBe(1);
  expect(ofEvent(catalogue.eventStock)).toBe(5);
  expect(ofEvent(catalogue.eventIssued)).toBe(5);
  expect(ofEvent(catalogue.eventOpening)).toBe(event.opensAtMs / 1_000);
  expect(ofEvent(catalogue.eventOpeningError)).toBeGreaterThanOrEqual(0);
  const of = { outcome: 'issued', strategy: 'redis-stream' };
  expect(valueOf(samples, `${catalogue.claimDuration.name}_count`, of)).toBe(5);
  expect(valueOf(samples, catalogue.checks.name, { check: 'redis' })).toBe(1);
  expect(valueOf(samples, catalogue.warnings.name, { event: 'gate_lost' })).toBe(0);
  expect(valueOf(samples, catalogue.build.name, { node_version: process.version })).toBe(1);
  expect(valueOf(samples, `${catalogue.loopDelay.name}_count`)).toBeGreaterThan(0);
});

describe('promtool finds nothing to object to in /metrics after a sale', () => {
  itNeedsPrometheus('of an API process and of a worker', async () => {
    const event = await createEvent(system.apis[0], { stock: 30 });
    await crowdAt(system.apis, event, { userIds: someUsers(40) }).done;
    const stored = async () => valueOf(parseMetrics(await metricsOf(workerUrl())), catalogue.drainPersisted.name);
    await waitFor(async () => ((await stored()) ?? 0) >= 30, { what: 'the claims to be stored' });
    for (const url of [system.apis[0].url, workerUrl()]) {
      const { output } = promtool(['check', 'metrics'], await metricsOf(url));
      expect(output.split('\n').filter((line) => line !== '' && !isOfPromClient(line))).toEqual([]);
    }
  });
});

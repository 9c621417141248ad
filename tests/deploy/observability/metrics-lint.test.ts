import { describe, expect } from 'vitest';
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

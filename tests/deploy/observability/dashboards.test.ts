import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import type { Metric } from '../../../core/metrics/metric.ts';
import { dashboardJson, dashboards, dashboardsFolder } from '../../../scripts/dashboards/dashboards.ts';
import type { Series } from '../../../scripts/dashboards/prometheus-api.ts';
import { findFreePort } from '../../../scripts/services/free-port.ts';
import { declarePrometheus, hasPrometheus, startPrometheus } from '../../support/prometheus.ts';
import { createEvent, crowdAt, someUsers, useSystem } from '../../support/system.ts';
import { useResource } from '../../support/use-resource.ts';
import { useTestStores } from '../../support/use-stores.ts';
import { waitFor } from '../../support/wait-for.ts';
import { schemaProblems, type DashboardFile } from './dashboard-schemas.ts';

vi.setConfig({ testTimeout: 120_000 });

declarePrometheus();

const workerPort = await findFreePort('127.0.0.1');

const read = (name: string): string => readFileSync(join(dashboardsFolder, `${name}.json`), 'utf8');
const files = Object.keys(dashboards).map((name): [string, DashboardFile] => [
  name,
  JSON.parse(read(name)) as DashboardFile,
]);

it('the files of the dashboards are what `npm run dashboards` writes', () => {
  expect(readdirSync(dashboardsFolder).toSorted()).toEqual(files.map(([name]) => `${name}.json`).toSorted());
  for (const [name, dashboard] of Object.entries(dashboards)) {
    expect(read(name), `${name}.json is out of date: run npm run dashboards`).toBe(dashboardJson(dashboard));
  }
});

describe.each(files)('the dashboard %s', (_name, dashboard) => {
  it('has only fields and values that Grafana’s schema has', () => {
    expect(schemaProblems(dashboard)).toEqual([]);
  });

  it('asks only for metrics that exist, and each panel says what it shows', () => {
    const known = new Set<string>(Object.values<Metric>(catalogue).map(({ name }) => name));
    for (const { title, description, targets } of dashboard.panels) {
      expect({ title, description }).toEqual({
        title,
        description: expect.stringMatching(/^[A-Z0-9a-z].{10,}\.$/) as unknown,
      });
      for (const { expr } of targets) {
        for (const name of expr.match(/\bfirstcome_[a-z_]+/g) ?? []) {
          expect(known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, '')), name).toBe(true);
        }
      }
    }
  });

  it('has no panel on top of another one', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    );
    expect(cells).toEqual([...new Set(cells)]);
    expect(dashboard.panels.map(({ gridPos: { x, w } }) => x + w).filter((right) => right > 24)).toEqual([]);
  });
});

it('a misspelled field, a wrong value and a missing option are not in Grafana’s schema', () => {
  const [[, dashboard] = []] = files;
  if (dashboard === undefined) throw new Error('There is no dashboard.');
  const [panel] = dashboard.panels;
  if (panel === undefined) throw new Error('There is no panel.');
  const withPanel = (change: object): DashboardFile => ({ ...dashboard, panels: [{ ...panel, ...change }] });
  const broken: DashboardFile[] = [
    { ...dashboard, ...{ refrsh: '5s' } },
    withPanel({ gridPos: { x: '0', y: 0, w: 1, h: 1 } }),
    withPanel({ options: { ...panel.options, colorMode: 'rainbow' } }),
    withPanel({ options: {} }),
  ];
  for (const each of broken) expect(schemaProblems(each).length).toBeGreaterThan(0);
});

describe.skipIf(!hasPrometheus)('after a real sale, which a real Prometheus has scraped,', () => {
  const stores = useTestStores();
  const processes = useSystem(() => ({ servers: { ...stores, env: { WORKER_PORT: String(workerPort) } } }));
  const prometheus = useResource('usePrometheus()', () =>
    startPrometheus({
      jobs: {
        'firstcome-api': processes.apis.map(({ url }) => url),
        'firstcome-worker': [`http://127.0.0.1:${workerPort}`],
      },
    }),
  );
  const sale = useResource('useSale()', async () => {
    const value = async (expression: string) => (await prometheus.query(expression))[0]?.values[0]?.value;
    const scraped = async () => (await value('count(firstcome_check_ok == 1)')) === 24;
    await waitFor(scraped, { what: 'every process to be scraped, with every check ok', limitMs: 60_000 });
    const event = await createEvent(processes.apis[0], { stock: 150 });
    await crowdAt(processes.apis, event, { userIds: someUsers(200), overMs: 4_000 }).done;
    const all = async () =>
      (await value(`max(firstcome_event_issued_coupons{event_id="${event.id}"})`)) === 150 &&
      // Two drains may both count a claim.
      ((await value('sum(firstcome_drain_persisted_claims_total)')) ?? 0) >= 150 &&
      ((await value('sum(rate(firstcome_drain_batch_size_count[30s]))')) ?? 0) > 0;
    await waitFor(all, { what: 'Prometheus to have seen the whole sale', limitMs: 60_000 });
    return { eventId: event.id, [Symbol.asyncDispose]: () => Promise.resolve() };
  });

  const hasData = (series: Series[]): boolean =>
    series.some(({ values }) => values.some(({ value }) => Number.isFinite(value)));
  const queries = files.flatMap(([name, { panels }]) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ name, title, expr }))),
  );

  it.each(queries)('$name: "$title" has data for $expr', async ({ expr }) => {
    const expression = expr.replaceAll('$__rate_interval', '30s').replaceAll('$event', sale.eventId);
    expect(hasData(await prometheus.query(expression)), expression).toBe(true);
  });

  it('the variable of a dashboard offers the event', async () => {
    for (const [, { templating }] of files) {
      for (const { query } of templating.list.filter(({ type }) => type === 'query')) {
        const [, metric, label = ''] =
          /^label_values\((\w+), (\w+)\)$/.exec(typeof query === 'string' ? query : query.query) ?? [];
        const series = await prometheus.query(metric ?? '');
        expect(series.map(({ labels }) => labels[label])).toContain(sale.eventId);
      }
    }
  });
});

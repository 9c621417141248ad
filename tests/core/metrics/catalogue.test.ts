import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../core/metrics/catalogue.ts';
import { createMeters } from '../../../core/metrics/meters.ts';
import type { Metric, Process } from '../../../core/metrics/metric.ts';
import { root } from '../../support/processes.ts';

const all = Object.values<Metric>(catalogue);
const textOf = (process: Process, metrics: Record<string, Metric> = catalogue) =>
  createMeters(process, { processMetrics: false, metrics }).registry.metrics();
const announced = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name).toSorted();

describe.each(['api', 'worker'] as const)('the metrics of the %s process', (process) => {
  it('are exactly the metrics that the catalogue lists for that process, each with its help text', async () => {
    const text = await textOf(process);
    const mine = all.filter(({ of }) => of.includes(process));
    expect(announced(text)).toEqual(mine.map(({ name }) => name).toSorted());
    for (const { name, help, type } of mine) expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}`);
  });

  it('include a new metric as soon as the catalogue lists it', async () => {
    const added = {
      ...{ name: 'firstcome_added', help: 'A metric that was just added', of: [process], type: 'gauge' },
      ...{ from: 'self', show: () => 42 },
    } satisfies Metric;
    const text = await textOf(process, { ...catalogue, added });
    expect(text).toContain('# HELP firstcome_added A metric that was just added\n');
    expect(text).toContain('\nfirstcome_added 42\n');
  });
});

it('each metric has a unique name that follows Prometheus conventions, and a help text', () => {
  const names = all.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { name, help, type, of } of all) {
    expect(name).toMatch(/^firstcome_[a-z]+(_[a-z]+)*$/);
    expect({ name, isTotal: name.endsWith('_total') }).toEqual({ name, isTotal: type === 'counter' });
    // OpenMetrics drops the suffix `_total` of a counter. The rest of the name must not be the name of another metric.
    if (type === 'counter') expect(names).not.toContain(name.replace(/_total$/, ''));
    expect(help).toMatch(/^[A-Z].{5,}[^.]$/);
    expect(of).not.toEqual([]);
  }
});

it('docs/observability.md has a row for each metric, with its labels, and for no other', () => {
  const text = readFileSync(join(root, 'docs', 'observability.md'), 'utf8');
  const metrics = /\n## Metrics\n(.*?)\n## /s.exec(text)?.[1] ?? '';
  const rows = metrics
    .split('\n')
    .filter((line) => line.startsWith('| `firstcome_'))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return { name: cells[1]?.replaceAll('`', '') ?? '', labels: cells.length === 5 ? cells[2] : '' };
    });
  expect(rows.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name).toSorted());
  for (const { name, labels } of rows) {
    const metric = all.find((each) => each.name === name);
    const known = metric !== undefined && 'when' in metric ? Object.keys(metric.labels ?? {}) : null;
    if (known !== null)
      expect({ name, labels }).toEqual({ name, labels: known.map((each) => `\`${each}\``).join(', ') });
  }
});

it('no other source file names a metric, and the docs name only metrics that exist', () => {
  const known = new Set<string>(all.map(({ name }) => name));
  const isKnown = (name: string) => known.has(name.replace(/_(bucket|sum|count)$/, '')) || known.has(name);
  const named = (folder: string, extension: RegExp) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => extension.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, folder, file), 'utf8');
        return [...text.matchAll(/\bfirstcome_[a-z_]*[a-z]/g)].map(([name]) => ({ file: join(folder, file), name }));
      });
  const inSource = ['core', 'api', 'worker'].flatMap((folder) => named(folder, /\.ts$/));
  const homes = ['core/metrics/catalogue.ts', 'core/metrics/sale-metrics.ts'];
  expect(inSource.filter(({ file, name }) => isKnown(name) && !homes.includes(file))).toEqual([]);
  const inDocs = named('docs', /\.md$/).filter(({ name }) => name !== 'firstcome_default' && !/_round_/.test(name));
  expect(inDocs.length).toBeGreaterThan(5);
  expect(inDocs.filter(({ name }) => !isKnown(name))).toEqual([]);
});

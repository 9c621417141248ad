import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { installBench } from '../../bench/install.ts';
import { brokenPromises } from '../../bench/locks/broken-promises.ts';
import { withheldOf } from '../../bench/locks/locks-bench.ts';
import { writePerformancePage } from '../../bench/page/performance-page.ts';
import { lineSection } from '../../bench/page/line-section.ts';
import { tracingSection } from '../../bench/page/tracing-section.ts';
import { limitsSection } from '../../bench/page/limits-section.ts';
import { pagesSection } from '../../bench/page/pages-section.ts';
import { strategyNotes } from '../../bench/page/strategy-notes.ts';
import { readResults, storeResult } from '../../bench/results/results.ts';
import { strategyNames } from '../../core/events/event.ts';
import type { PromiseVerdict } from '../../proof/checker/judge-sale.ts';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import {
  limitsResult,
  lineResult,
  locksResult,
  pagesResult,
  setting,
  strategiesResult,
  tracingResult,
} from './stored-results.ts';

/** The first run downloads 28 MB. */
const installLimitMs = 120_000;

beforeAll(() => installBench(() => undefined), installLimitMs);

it('the section about the event page compares the slow phone with its targets, and an event that has all page fields with an event that has none', () => {
  const section = pagesSection(pagesResult());
  expect(section).toContain('Chromium visits an open event 3 times');
  expect(section).toMatch(/\| usable after a cold start, median +\| 900 ms +\| at most 1000: reached/);
  expect(section).toMatch(/\| usable, ms \| 800 \| 900 \| 1,200 \|/);
  expect(section).toMatch(/\| full \| 2,500 \| 900 \| 80 \| 20% \| 0 \|/);
  expect(section).not.toMatch(/NaN|undefined|null/);
});

it('the section about limits compares how users are served with an attacker and without one', () => {
  const section = limitsSection(limitsResult());
  expect(section).toMatch(/\| honest users' p99, attacked to alone +\| 1.25 +\| at most 1.5: reached/);
  expect(section).toMatch(/\| on \| yes \| 1.0 \| 5.0 \| 5.0 \| 0 \| 1,000 \| 99% \| 20% \|/);
  expect(section).not.toMatch(/NaN|undefined|null/);
});

it('the section about the waiting line shows what a person in line costs, and whether anybody was overtaken', () => {
  const section = lineSection(lineResult());
  expect(section).toContain('100,000 people join a line for 1,000 coupons');
  expect(section).toMatch(/\| people who were overtaken +\| 0 +\| at most 0: reached/);
  expect(section).toMatch(/\| join \| 100,000 \| 2,000 \| 1.0 \| 30.0 \| 300 \| 20 \| 0 \|/);
  expect(section).not.toMatch(/NaN|undefined|null/);
});

it('the section about tracing compares an API that does not trace with APIs that do', () => {
  const section = tracingSection(tracingResult());
  expect(section).toMatch(/\| accepted\/s at 1% to off +\| 0.990 +\| at least 0.97: reached/);
  expect(section).toMatch(/\| 1% \| 9,900 \| 10,000 \| 4.0 \| 9.0 \| 50.0 \| 20.0 \| 0.06 \|/);
  expect(section).not.toMatch(/NaN|undefined|null/);
});

describe('the benchmark page', () => {
  const folder = makeTestDir(inject('runDir'), 'performance');
  const files = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(md|svg)$/.test(name));
  const read = () => files().map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  let page = '';

  beforeAll(async () => {
    storeResult(folder, { part: 'strategies', setting, result: strategiesResult() });
    storeResult(folder, { part: 'locks', setting, result: locksResult() });
    page = readFileSync(await writePerformancePage(folder), 'utf8');
  });

  it('is identical, byte for byte, for the same results', async () => {
    const first = read();
    expect(first.length).toBeGreaterThan(7);
    await writePerformancePage(folder);
    expect(read()).toEqual(first);
  });

  it('shows only plots that exist, each with its own background', () => {
    const shown = [...page.matchAll(/!\[[^\]]+\]\((plots\/[a-z-]+\.svg)\)/g)].map(([, path]) => path ?? '');
    expect(shown.toSorted()).toEqual(
      files()
        .filter((name) => name.endsWith('.svg'))
        .toSorted(),
    );
    for (const path of shown) {
      const svg = readFileSync(join(folder, path), 'utf8');
      expect(svg).toMatch(/^<svg [^>]*><rect [^>]*fill="#ffffff"/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('names every strategy in the original project’s table, and says when to choose each', () => {
    for (const name of strategyNames) expect(page).toContain(`| \`${name}\``);
    for (const { painPoint } of Object.values(strategyNotes)) expect(page).toContain(painPoint);
    expect(page.match(/\*\*When to choose it\.\*\*/g)).toHaveLength(Object.keys(strategyNotes).length);
    expect(page).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it('links to files that exist', () => {
    const links = [...page.matchAll(/\((\.\.\/\.\.\/core\/[^)]+)\)/g)].map(([, path]) => path ?? '');
    expect(links).toHaveLength(Object.keys(strategyNotes).length);
    for (const link of links) expect(statSync(join(root, 'docs', 'performance', link)).isFile()).toBe(true);
  });

  it('prints the noise, the promise that the control broke, and the raw files', () => {
    expect(page).toContain('between the two names');
    expect(page).toContain('was caught: exact: over_stock (7)');
    expect(page).toContain('[2026-01-02-strategies.json](2026-01-02-strategies.json)');
    expect(page).toContain('[2026-01-02-locks.json](2026-01-02-locks.json)');
  });
});

describe('a result that must not be shown', () => {
  it('is listed with the reason, and has no figures in the tables', async () => {
    const folder = makeTestDir(inject('runDir'), 'performance');
    const result = strategiesResult();
    for (const entrant of result.entrants)
      if (entrant.name === 'db-lock') entrant.withheld.push('round 2: fair broken');
    storeResult(folder, { part: 'strategies', setting, result });
    const page = readFileSync(await writePerformancePage(folder), 'utf8');
    expect(page).toContain('- `db-lock`: round 2: fair broken');
    expect(page).not.toMatch(/^\| `db-lock`/m);
  });
});

describe('a strategy with an error', () => {
  it('is listed with the reason, and its sale has no figures in the tables', async () => {
    const folder = makeTestDir(inject('runDir'), 'performance');
    const result = locksResult();
    const [wait] = result.waits;
    wait?.withheld.push('db-lock waits 100: on_time broken, opened_late (1)');
    expect(withheldOf(result)).toHaveLength(1);
    storeResult(folder, { part: 'locks', setting, result });
    const page = readFileSync(await writePerformancePage(folder), 'utf8');
    expect(page).toContain('- db-lock waits 100: on_time broken, opened_late (1)');
    expect(page).toMatch(/^\| `db-lock` +\| +1,000 /m);
    expect(page).not.toMatch(/^\| `db-lock` +\| +100 /m);
  });

  it('lists every broken promise among the reasons', () => {
    const promises: PromiseVerdict[] = [
      { promise: 'exact', verdict: 'held', findings: [], reasons: [] },
      {
        promise: 'on_time',
        verdict: 'broken',
        findings: [{ kind: 'opened_late', count: 1, examples: [] }],
        reasons: [],
      },
    ];
    expect(brokenPromises('a sale', { promises })).toEqual(['a sale: on_time broken, opened_late (1)']);
  });
});

describe('stored results', () => {
  it('are used only if they are the newest of their part, and other files are ignored', async () => {
    const folder = makeTestDir(inject('runDir'), 'performance');
    writeFileSync(join(folder, 'notes.json'), '{}');
    storeResult(folder, { part: 'locks', setting, result: locksResult() });
    const later = { ...setting, measuredAt: '2026-03-04T00:00:00.000Z' };
    storeResult(folder, { part: 'locks', setting: later, result: locksResult() });
    expect(readResults(folder).map(({ name }) => name)).toEqual(['2026-01-02-locks.json', '2026-03-04-locks.json']);
    const page = readFileSync(await writePerformancePage(folder), 'utf8');
    expect(page).toContain('2026-03-04-locks.json');
    expect(page).not.toContain('2026-01-02-locks.json');
  });

  it('in the repository reproduce the committed page exactly', async () => {
    const kept = join(root, 'docs', 'performance');
    const folder = makeTestDir(inject('runDir'), 'performance');
    const results = readdirSync(kept).filter((name) => name.endsWith('.json'));
    for (const name of results) copyFileSync(join(kept, name), join(folder, name));
    await writePerformancePage(folder);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(readFileSync(join(kept, 'README.md'), 'utf8'));
  });
});

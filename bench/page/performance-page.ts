import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readNewestSessions } from '../../proof/failover/results/store.ts';
import type { Plot } from '../plots/plot.ts';
import { readResults, type StoredResult } from '../results/results.ts';
import { claimsSection } from './claims-section.ts';
import { failoverSection } from './failover-section.ts';
import { limitsSection } from './limits-section.ts';
import { lineSection } from './line-section.ts';
import { locksSection } from './locks-section.ts';
import { blocks } from './markdown.ts';
import { memorySection } from './memory-section.ts';
import { openingSection } from './opening-section.ts';
import { pagesSection } from './pages-section.ts';
import { plotsOf } from './plots-of.ts';
import { reconcileSection } from './reconcile-section.ts';
import { settingLine } from './setting-line.ts';
import { strategiesSection } from './strategies-section.ts';
import { tracingSection } from './tracing-section.ts';

type Found = { name: string; stored: StoredResult };

/** The order of the sections. */
const order = [
  'strategies',
  'locks',
  'claims',
  'opening',
  'memory',
  'reconcile',
  'pages',
  'limits',
  'line',
  'tracing',
] as const satisfies StoredResult['part'][];

const plotFolder = 'plots';

/**
 * Writes `README.md` and its plots from the newest raw result of each part. The same results give the same bytes.
 * Resolves to the page's path. Needs the packages in bench/ (see `installBench`).
 */
export async function writePerformancePage(folder: string): Promise<string> {
  const newest = new Map<StoredResult['part'], Found>();
  for (const result of readResults(folder)) newest.set(result.stored.part, result);
  const found = order.flatMap((part) => newest.get(part) ?? []);
  const sections: string[] = [];
  // Removes old plots, because some may belong to parts that no longer exist.
  rmSync(join(folder, plotFolder), { recursive: true, force: true });
  for (const { name, stored } of found) {
    const plots = plotsOf(stored);
    await writePlots(join(folder, plotFolder), plots);
    sections.push(blocks(sectionOf(stored, imagesOf(plots)), settingLine(name, stored.setting)));
  }
  const failovers = readNewestSessions(folder);
  if (failovers !== null) sections.push(failoverSection(failovers.name, failovers.sessions));
  const path = join(folder, 'README.md');
  const page = blocks(intro, ...sections);
  writeFileSync(path, await format(page, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' }));
  return path;
}

const intro = `# Performance

\`npm run bench -- report\` makes this page from the raw results in this folder; don't edit it. \`npm run bench\` measures again.

Load generator, API, worker, Redis and MySQL share one machine, so don't compare figures of different runs; compare the
ratios within a run. \`wrk -t1 -c64\` is a closed loop: its latencies are those of 64 callers who each wait for an answer
before they call again, not those of a crowd. The sales below and \`npm run flash-sale\` use a crowd that does not wait.`;

async function writePlots(folder: string, plots: Plot[]): Promise<void> {
  if (plots.length === 0) return;
  mkdirSync(folder, { recursive: true });
  // Imported here, so that everything else in bench/ works without the packages that draw plots.
  const { drawSvg } = await import('../plots/draw-svg.js');
  for (const { name, spec } of plots) writeFileSync(join(folder, `${name}.svg`), await drawSvg(spec));
}

/** Returns a function from a plot's name to its Markdown, or to '' if there is no such plot. */
function imagesOf(plots: Plot[]): (name: string) => string {
  return (wanted) => {
    const plot = plots.find(({ name }) => name === wanted);
    return plot === undefined ? '' : `![${plot.shows}](${plotFolder}/${plot.name}.svg)`;
  };
}

function sectionOf(stored: StoredResult, image: (name: string) => string): string {
  switch (stored.part) {
    case 'claims':
      return claimsSection(stored.result);
    case 'opening':
      return openingSection(stored.result);
    case 'memory':
      return memorySection(stored.result);
    case 'strategies':
      return strategiesSection(stored.result, image);
    case 'locks':
      return locksSection(stored.result, image);
    case 'reconcile':
      return reconcileSection(stored.result);
    case 'pages':
      return pagesSection(stored.result);
    case 'limits':
      return limitsSection(stored.result);
    case 'line':
      return lineSection(stored.result);
    case 'tracing':
      return tracingSection(stored.result);
  }
}

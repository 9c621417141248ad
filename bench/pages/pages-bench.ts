import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPages } from '../../load/pages/open-pages.ts';
import { openBrowser } from '../../scripts/browser/chromium.ts';
import { ensureWebPages } from '../../scripts/launch/web-pages.mjs';
import { bothUs } from '../meters/cpu-times.ts';
import { cpuSpent, readCpuTime } from '../meters/cpu-time.ts';
import { median, type Target } from '../results/target.ts';
import type { BenchApi, BenchSystem, PageFields } from '../system/bench-system.ts';
import { slowness, startCold, type ColdStart } from './cold-start.ts';

/** What open pages cost the API during a sale. */
export type PagesCost = {
  /** `full`: an event with a picture, terms and a theme. `bare`: an event without any fields for its page. */
  event: 'full' | 'bare';
  seconds: number;
  answers: number;
  failures: number;
  /** The bytes of one answer. */
  bytes: number;
  cpuUs: number;
};

export type PagesResult = {
  /**
   * The load average of the preceding minute. If it exceeds the number of cores, the times include waits for a core.
   */
  loadAverage: number;
  slowness: typeof slowness;
  coldStarts: ColdStart[];
  pages: number;
  costs: PagesCost[];
  targets: Target[];
};

const root = dirname(dirname(import.meta.dirname));
const full: PageFields = {
  description: 'Valid on every product, for orders of 50,000 or more.',
  terms: 'One per person. Can’t be combined with other coupons.\n'.repeat(6),
  imageUrl: 'https://shop.example/autumn.jpg',
  imageAlt: 'A mountain in autumn colours',
  useUrl: 'https://shop.example/coupons/use',
  validUntil: '2099-12-31T14:59:59.000Z',
  theme: { shopName: 'Haru', accentColor: '#1f5eff', radius: 'soft' },
};

/** Visits the event page as a slow phone, and keeps a crowd of simulated pages open on an event. */
export async function benchPages(
  system: BenchSystem,
  { quick }: { quick: boolean },
  say: (line: string) => void,
): Promise<PagesResult> {
  await ensureWebPages(root, process.execPath, say);
  const [loadAverage = Number.NaN] = loadavg();
  const api = await system.startApi('pages-api', 'api/main.ts', { env: { FIRSTCOME_DEMO: '1' } });
  const coldStarts = await visit(system, api, quick ? 2 : 15, say);
  const pages = quick ? 500 : 5_000;
  const costs: PagesCost[] = [];
  for (const event of quick ? (['bare', 'full'] as const) : (['bare', 'full', 'full', 'bare'] as const)) {
    const cost = await keepOpen(system, api, { event, pages, seconds: quick ? 4 : 15 });
    say(
      `  ${pages} pages, ${event} event: ${cost.answers} answers, ${Math.round(cost.cpuUs / cost.answers)} us of CPU each`,
    );
    costs.push(cost);
  }
  return { loadAverage, slowness, coldStarts, pages, costs, targets: pagesTargets(coldStarts, costs) };
}

async function visit(system: BenchSystem, api: BenchApi, times: number, say: (line: string) => void) {
  const event = await system.createEvent({ name: 'cold-starts', stock: 1_000, page: { ...full, imageUrl: null } });
  await using browser = await openBrowser();
  const coldStarts: ColdStart[] = [];
  for (let time = 0; time < times; time += 1) {
    const coldStart = await startCold(browser, `${api.url}/e/${event.id}`);
    say(
      `  usable after ${Math.round(coldStart.usableMs)} ms, code ${Math.round(coldStart.codeMs)} ms after the answer`,
    );
    coldStarts.push(coldStart);
  }
  return coldStarts;
}

/** By this time, every page has polled once. */
const settleMs = 7_000;

async function keepOpen(
  system: BenchSystem,
  api: BenchApi,
  { event: kind, pages: count, seconds }: { event: PagesCost['event']; pages: number; seconds: number },
): Promise<PagesCost> {
  const event = await system.createEvent({
    name: `pages-${kind}`,
    stock: 1_000,
    ...(kind === 'full' && { page: full }),
  });
  const { hostname: host, port } = new URL(api.url);
  const input = encodeURIComponent(JSON.stringify({ eventId: event.id }));
  const bytes = (await (await fetch(`${api.url}/trpc/event.get?input=${input}`)).arrayBuffer()).byteLength;
  const pages = await openPages({
    host,
    port: Number(port),
    eventId: event.id,
    pages: count,
    overMs: settleMs - 2_000,
  });
  try {
    await sleep(settleMs);
    const [before, answered, failed] = [readCpuTime(api.process.pid), pages.tookMs.length, pages.failures];
    await sleep(seconds * 1_000);
    const cpuUs = bothUs(cpuSpent(before, readCpuTime(api.process.pid)));
    const answers = pages.tookMs.length - answered;
    return { event: kind, seconds, answers, failures: pages.failures - failed, bytes, cpuUs };
  } finally {
    pages.close();
    await system.closeEvent(event.id);
  }
}

/** The API's CPU time per answer, in us, over all measurements with one kind of event. */
export function cpuOfAnAnswer(costs: readonly PagesCost[], event: PagesCost['event']): number {
  return median(costs.filter((cost) => cost.event === event).map(({ cpuUs, answers }) => cpuUs / answers));
}

export function pagesTargets(coldStarts: readonly ColdStart[], costs: readonly PagesCost[]): Target[] {
  const middle = (of: (each: ColdStart) => number): number => median(coldStarts.map(of));
  const worst = (of: (each: ColdStart) => number): number => Math.max(...coldStarts.map(of));
  const most = (name: string, unit: string, value: number, target: number): Target => ({
    ...{ name, unit, value, target, want: 'at most' },
  });
  const ratio = cpuOfAnAnswer(costs, 'full') / cpuOfAnAnswer(costs, 'bare');
  return [
    most(
      'usable after a cold start, median',
      'ms',
      middle(({ usableMs }) => usableMs),
      1_000,
    ),
    most(
      'the code after the answer, median',
      'ms',
      middle(({ codeMs }) => codeMs),
      100,
    ),
    most(
      'layout shift until usable, at worst',
      '',
      worst(({ layoutShift }) => layoutShift),
      0,
    ),
    most('CPU of an answer, full event to bare event', '', ratio, 1.2),
    most(
      'failed polls',
      '',
      costs.reduce((sum, { failures }) => sum + failures, 0),
      0,
    ),
  ];
}

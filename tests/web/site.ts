import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { ensureWebPages } from '../../scripts/launch/web-pages.mjs';
import { root } from '../support/processes.ts';
import { openDirect, startApi, startWorker, type ApiProcess, type DirectStores } from '../support/system.ts';
import { createTestStores } from '../support/test-stores.ts';
import { openBrowser } from '../../scripts/browser/chromium.ts';

/** Fields of the event to create, as `admin.event.create` accepts them. Omitted fields get defaults. */
export type NewEvent = Partial<Omit<CreateInput, 'opensAt'>> & { opensInMs?: number };
type CreateInput = Parameters<ReturnType<ApiProcess['client']>['admin']['event']['create']['mutate']>[0];
export type SiteEvent = { id: string; name: string; opensAtMs: number; path: string };

/** The whole system, with a browser that opens its pages. */
export type Site = AsyncDisposable & {
  api: ApiProcess;
  direct: DirectStores;
  /** Creates an event that opens now or after the given number of ms. */
  createEvent(options?: NewEvent): Promise<SiteEvent>;
  /** Opens the page for a new visitor, with a new browser profile. */
  visit(path: string, options?: VisitOptions): Promise<Visitor>;
  /** Creates an event and opens its page for several visitors. All pages have loaded before the event opens. */
  visitBefore(event: NewEvent, visitors: VisitOptions[]): Promise<{ event: SiteEvent; visitors: Visitor[] }>;
};

export type VisitOptions = Pick<BrowserContextOptions, 'locale' | 'viewport' | 'deviceScaleFactor'> & {
  /** The address that the visitor uses instead of the API's own, for example a proxy's. */
  url?: string;
  prepare?: (context: BrowserContext) => Promise<unknown>;
};

export type Visitor = AsyncDisposable & {
  page: Page;
  /** Waits until the panel shows this state. */
  sees(panel: string): Promise<void>;
  /** Every state that the panel has shown since the page loaded, in order. */
  history(): Promise<string[]>;
  code(): Promise<string>;
  /** Clicks the button at the moment it becomes enabled. Resolves to the time of the click by this machine's clock. */
  clickWhenAlive(): Promise<number>;
  /** The elements that have moved since the page first showed the event. */
  moved(): Promise<string[]>;
  /** How many claims the page has sent. */
  claims(): number;
};

/** Opens the system and the browser. `env` adds variables to the API's environment. */
export async function openSite(env: Record<string, string> = {}): Promise<Site> {
  await ensureWebPages(root, process.execPath, (line) => console.error(line));
  const stores = await createTestStores();
  const { redisUrl, databaseUrl } = stores;
  const api = await startApi({ redisUrl, databaseUrl, env: { FIRSTCOME_DEMO: '1', ...env } });
  const worker = await startWorker(stores);
  const direct = openDirect(stores);
  const browser = await openBrowser();
  const createEvent: Site['createEvent'] = async (options = {}) => {
    const { name = 'Autumn sale', stock = 10, amount = 10_000, currency = 'KRW', opensInMs = 0, ...rest } = options;
    const opensAtMs = Date.now() + opensInMs;
    const opensAt = new Date(opensAtMs).toISOString();
    const { id } = await api.client().admin.event.create.mutate({ name, amount, currency, stock, opensAt, ...rest });
    return { id, name, opensAtMs, path: `/e/${id}` };
  };
  return {
    api,
    direct,
    createEvent,
    visit: (path, options) => visit(browser, api.url, path, options),
    visitBefore: async (options, visitors) => {
      // On a busy machine, the pages may load too late. In that case, try again with a new event that opens later.
      for (let opensInMs = options.opensInMs ?? 2_500; opensInMs < 60_000; opensInMs *= 2) {
        const event = await createEvent({ ...options, opensInMs });
        const all = await Promise.all(visitors.map((each) => visit(browser, api.url, event.path, each)));
        await Promise.all(all.map(({ page }) => page.locator('[data-shows]').waitFor()));
        const shown = await Promise.all(all.map((each) => each.history()));
        if (shown.every(([first, second]) => first === 'before' && second === undefined))
          return { event, visitors: all };
        await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
      }
      throw new Error('The pages did not show a countdown first, however late the event opened.');
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await direct[Symbol.asyncDispose]();
      await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()]);
      await stores[Symbol.asyncDispose]();
    },
  };
}

async function visit(browser: Browser, siteUrl: string, path: string, options: VisitOptions = {}): Promise<Visitor> {
  const { locale = 'en-GB', viewport = { width: 390, height: 844 }, deviceScaleFactor = 1 } = options;
  const { url = siteUrl, prepare } = options;
  const context = await browser.newContext({ locale, viewport, deviceScaleFactor });
  await context.addInitScript({ content: notes });
  await prepare?.(context);
  const page = await context.newPage();
  let claims = 0;
  page.on('request', (request) => {
    if (request.url().includes('claim.submit')) claims += 1;
  });
  await page.goto(`${url}${path}`);
  return {
    page,
    sees: (panel) => page.locator(`[data-shows="${panel}"]`).waitFor({ timeout: 60_000 }),
    history: () => page.evaluate<string[]>('panels'),
    code: async () => (await page.locator('.code').textContent()) ?? '',
    clickWhenAlive: () => page.evaluate<number>(clickWhenAlive),
    moved: () => page.evaluate<string[]>('moved'),
    claims: () => claims,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

export function only<T>([one, ...more]: T[]): T {
  if (one === undefined || more.length > 0) throw new Error('One was expected.');
  return one;
}

/** Runs in the page. Records what the panel shows, and which elements move after the event is first shown. */
const notes = `
  window.panels = [];
  window.moved = [];
  const note = () => {
    const shows = document.querySelector('[data-shows]')?.dataset.shows;
    if (shows === undefined || panels.at(-1) === shows) return;
    if (panels.length === 0) {
      const what = ({ node, previousRect, currentRect }) =>
        [node?.parentElement?.outerHTML, ...[previousRect, currentRect].map((rect) => JSON.stringify(rect))].join(' ');
      new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) moved.push(value + ' ' + sources.map(what).join(', '));
      }).observe({ type: 'layout-shift' });
    }
    panels.push(shows);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });
`;

const clickWhenAlive = `new Promise((resolve) => {
  const look = () => {
    const button = document.querySelector('.claim-button:enabled[aria-disabled="false"]');
    if (button === null) return;
    observer.disconnect();
    resolve(Date.now());
    button.click();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true });
  look();
})`;

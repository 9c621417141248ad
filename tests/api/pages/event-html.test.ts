import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPages } from '../../../api/pages/pages.ts';
import { parseEnv } from '../../../core/settings/env.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import type { EventView } from '../../../core/views/event-view.ts';
import { ensureWebPages } from '../../../scripts/launch/web-pages.mjs';
import { createEvent, startApi, type ApiProcess } from '../../support/system.ts';
import { root } from '../../support/processes.ts';
import { createTestStores, type TestStores } from '../../support/test-stores.ts';
import { createInMemoryCore } from '../in-memory.ts';
import { openTestApi } from '../test-server.ts';
import { secret } from '../tokens.ts';

beforeAll(() => ensureWebPages(root, process.execPath, (line) => console.error(line)));

type Get = (eventId: string) => Promise<EventView>;

const openSite = (get: Get, env: Record<string, string> = {}) =>
  openTestApi({
    pages: createPages(parseEnv({ DATABASE_URL: 'mysql://127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1', ...env }), {
      authSecret: secret,
      events: { get },
    }),
  });

const { events } = createInMemoryCore();
const eventWith =
  (over: Partial<EventView>): Get =>
  async () => ({ ...(await events.get('open')), ...over });
const htmlOf = async (site: { url: string }) => (await fetch(`${site.url}/e/ev_1`)).text();

describe('an event’s page, as the server sends it,', () => {
  it('gives the event’s name, value, picture and colour to services that preview links', async () => {
    await using site = await openSite(
      eventWith({
        ...{ name: '가을 감사제', amount: 10_000, currency: 'KRW', stock: 1_000, description: '전 상품\n5만 원 이상' },
        ...{ imageUrl: 'https://shop.example/a.png?x=1&y=2', imageAlt: '단풍' },
        theme: '{"format":1,"shopName":"하루마켓","accentColor":"#1f5eff"}',
      }),
    );
    const response = await fetch(`${site.url}/e/ev_1`);
    const html = await response.text();
    for (const tag of [
      '<html lang="ko">',
      '<title>가을 감사제 · 하루마켓</title>',
      '<meta name="description" content="10,000원 할인 · 선착순 1,000장 · 전 상품 5만 원 이상">',
      '<meta property="og:title" content="가을 감사제">',
      '<meta property="og:description" content="10,000원 할인 · 선착순 1,000장 · 전 상품 5만 원 이상">',
      '<meta property="og:site_name" content="하루마켓">',
      '<meta property="og:image" content="https://shop.example/a.png?x=1&amp;y=2">',
      '<meta property="og:image:alt" content="단풍">',
      '<meta name="theme-color" content="#1f5eff">',
      '<link rel="icon" href="/assets/favicon-',
      '<link rel="preload" as="fetch" crossorigin="anonymous" href="/trpc/event.get?input=%7B%22eventId%22%3A%22open%22%7D">',
    ]) {
      expect(html).toContain(tag);
    }
    expect(response.headers.get('cache-control')).toBe('public, max-age=60, stale-while-revalidate=600');
    const again = await fetch(`${site.url}/e/ev_1`, {
      headers: { 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it('first lists everything that it needs in a header, which a browser or a CDN reads before the page', async () => {
    await using site = await openSite(eventWith({}), { FIRSTCOME_DEMO: '1' });
    const response = await fetch(`${site.url}/e/ev_1`);
    const links = (response.headers.get('link') ?? '').split(', ');
    const [script] = /\/assets\/index-[\w-]+\.js/.exec(await response.text()) ?? [];
    expect(links).toContain(`<${script}>; rel=modulepreload; crossorigin`);
    expect(links).toContain('</demo/identity.js>; rel=preload; as=script');
    expect(links).toContain(
      '</trpc/event.get?input=%7B%22eventId%22%3A%22open%22%7D>; rel=preload; as=fetch; crossorigin',
    );
    expect(links).toContainEqual(
      expect.stringMatching(/^<\/assets\/index-[\w-]+\.css>; rel=preload; as=style; crossorigin$/),
    );
    // No other request competes with these on a slow connection.
    expect(links).toHaveLength(4);
  });

  it('contains no markup that comes from an event’s texts', async () => {
    const evil = `"><script>alert(1)</script><!--$&$'`;
    await using site = await openSite(
      eventWith({ name: evil, description: evil, imageAlt: evil, imageUrl: 'https://shop.example/"><script>' }),
    );
    const html = await htmlOf(site);
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<!--');
    expect(html).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect((await fetch(`${site.url}/e/ev_1`)).headers.get('link')).not.toContain('alert');
    expect(html.match(/<script/g)).toHaveLength(
      readFileSync(join(root, 'dist/web/index.html'), 'utf8').match(/<script/g)?.length ?? 0,
    );
  });

  it('describes the discount in English unless the amount is in won', async () => {
    await using site = await openSite(eventWith({ amount: 1_050, currency: 'USD', description: '' }));
    const html = await htmlOf(site);
    expect(html).toContain('<meta name="description" content="US$10.50 off · first come, first served">');
    expect(html).toContain('<html lang="en">');
  });

  it('has no picture from an origin that the installation does not allow', async () => {
    await using site = await openSite(eventWith({ imageUrl: 'https://elsewhere.example/a.png', imageAlt: 'A' }), {
      WEB_IMAGE_ORIGINS: 'https://images.shop.example',
    });
    expect(await htmlOf(site)).not.toContain('og:image');
  });

  it('reads the event once, however many people open the page', async () => {
    let asked = 0;
    await using site = await openSite((eventId) => {
      asked += 1;
      return eventWith({})(eventId);
    });
    for (let views = 0; views < 20; views += 1) await Promise.all(Array.from({ length: 10 }, () => htmlOf(site)));
    expect(asked).toBe(1);
  });

  it.each([
    ['does not exist', () => Promise.reject(new Fault('not_found', 'There is no event ev_1.'))],
    ['can’t be read', () => Promise.reject(new Fault('unavailable', 'Both stores are down on purpose.'))],
    ['can’t be read in time', () => new Promise<never>(() => undefined)],
  ])('is the general page, which no cache may keep, if the event %s', async (_what, get) => {
    await using site = await openSite(get);
    const response = await fetch(`${site.url}/e/ev_1`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('public, max-age=1');
    expect(await response.text()).toContain('<div id="page"></div>');
  });
});

describe('an event’s page, with real stores,', () => {
  let stores: TestStores;
  let api: ApiProcess;
  beforeAll(async () => {
    stores = await createTestStores();
    api = await startApi(stores);
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await stores[Symbol.asyncDispose]();
  });

  it('shows the name of an event that was created just now', async () => {
    const { id } = await createEvent(api, { stock: 1, opensAtMs: Date.now() + 3_600_000 });
    const html = await (await fetch(`${api.url}/e/${id}`)).text();
    const { name } = await api.client().event.get.query({ eventId: id });
    expect(html).toContain(`<meta property="og:title" content="${name}">`);
  });
});

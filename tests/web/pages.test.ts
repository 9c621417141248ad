import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPages } from '../../api/pages/pages.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { ensureWebPages } from '../../scripts/launch/web-pages.mjs';
import { findFreePort } from '../../scripts/services/free-port.ts';
import { exchange, parseReply } from '../api/raw-http.ts';
import { openTestApi } from '../api/test-server.ts';
import { secret } from '../api/tokens.ts';
import { root } from '../support/processes.ts';
import { startApi, type ApiProcess } from '../support/system.ts';

const built = join(root, 'dist/web');
const html = () => readFileSync(join(built, 'index.html'), 'utf8');
const assetsOf = (text: string) => [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);

beforeAll(() => ensureWebPages(root, process.execPath, (line) => console.error(line)));

const openSite = (env: Record<string, string> = {}, dir?: string) =>
  openTestApi({
    pages: createPages(parseEnv({ DATABASE_URL: 'mysql://127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1', ...env }), {
      authSecret: secret,
      ...(dir !== undefined && { dir }),
    }),
  });

const directives = (response: Response): Map<string, string> =>
  new Map(
    (response.headers.get('content-security-policy') ?? '')
      .split('; ')
      .map((each) => [each.split(' ')[0] ?? '', each.split(' ').slice(1).join(' ')]),
  );

describe('while both stores are unreachable', () => {
  let api: ApiProcess;
  beforeAll(async () => {
    const nowhere = await findFreePort('127.0.0.1');
    api = await startApi({
      redisUrl: `redis://127.0.0.1:${nowhere}`,
      databaseUrl: `mysql://nobody@127.0.0.1:${nowhere}/nothing`,
    });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('the API serves the pages and all their assets', async () => {
    for (const path of ['/', '/mine', '/e/ev_1', ...assetsOf(html())]) {
      const response = await fetch(api.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
  });
});

describe('the pages', () => {
  it('are the same for everybody, whatever the query, and may be cached for a minute', async () => {
    await using site = await openSite();
    const [one, other] = await Promise.all(['/', '/?from=mail'].map((path) => fetch(site.url + path)));
    expect(await one?.text()).toBe(await other?.text());
    expect(one?.headers.get('cache-control')).toBe('public, max-age=60, stale-while-revalidate=600');
    const etag = one?.headers.get('etag') ?? '';
    const again = await fetch(site.url, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('have assets that may be cached for a year, because their names depend on their content', async () => {
    await using site = await openSite();
    for (const path of assetsOf(html())) {
      const response = await fetch(site.url + path);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(join(built, path)))).toBe(true);
    }
    expect((await fetch(`${site.url}/assets/gone-1234.js`)).status).toBe(404);
  });

  it.each([
    ['br', 'gzip, deflate, br, zstd', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip', 'br;q=0, gzip;q=0.5', gunzipSync],
    [undefined, 'identity', (bytes: Buffer) => bytes],
    [undefined, '', (bytes: Buffer) => bytes],
  ] as const)('are sent with the encoding %s if the client accepts %j', async (encoding, accepted, unpack) => {
    await using site = await openSite();
    for (const path of ['/', assetsOf(html()).find((each) => each.endsWith('.js')) ?? '']) {
      const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: ${accepted}\r\nConnection: close\r\n\r\n`;
      const bytes = await exchange(site.port, Buffer.from(head));
      const reply = parseReply(bytes);
      if (reply === 'closed without an answer') throw new Error(reply);
      expect(reply.headers['content-encoding']?.[0]).toBe(encoding);
      expect(reply.headers['vary']).toEqual(['accept-encoding']);
      const body = unpack(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
      if (path !== '/') expect(body.equals(readFileSync(join(built, path)))).toBe(true);
      else expect(body.toString()).toContain('<div id="page"></div>');
    }
  });

  it('answer GET, answer HEAD without a body, and refuse every other method', async () => {
    await using site = await openSite();
    const head = await fetch(`${site.url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(`${site.url}/`, { method: 'POST' })).status).toBe(404);
  });

  it.each(['/e/', '/e/a/b', '/e/%2e%2e', '/mine/x', '/index.html', '/.made-from', '/assets/../index.html', '/assets/'])(
    'are not served at %s',
    async (path) => {
      await using site = await openSite();
      const reply = parseReply(
        await exchange(site.port, Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)),
      );
      expect(reply).toMatchObject({ status: 404 });
    },
  );

  it('allow no inline code, no other origin and no frame', async () => {
    await using site = await openSite();
    const response = await fetch(`${site.url}/e/ev_1`);
    const policy = directives(response);
    expect(policy.get('default-src')).toBe(`'none'`);
    expect(policy.get('script-src')).toBe(`'self'`);
    expect(policy.get('style-src')).toBe(`'self'`);
    expect(policy.get('img-src')).toBe(`'self' data: https: http://localhost:* http://127.0.0.1:*`);
    expect(policy.get('connect-src')).toBe(`'self'`);
    expect(policy.get('frame-ancestors')).toBe(`'none'`);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    const text = await response.text();
    expect(text).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=/);
  });

  it('allow pictures only from the origins in WEB_IMAGE_ORIGINS, if it is set', async () => {
    await using site = await openSite({ WEB_IMAGE_ORIGINS: 'https://images.shop.example' });
    const response = await fetch(site.url);
    expect(directives(response).get('img-src')).toBe(`'self' data: https://images.shop.example`);
    expect(await response.text()).toContain('<meta name="firstcome-images" content="https://images.shop.example">');
    expect(directives(await fetch(`${site.url}/admin`)).get('img-src')).toBe(`'self' data:`);
  });

  it('contain the installation’s theme in their <head>', async () => {
    const theme = { shopName: 'Kim & Co "한국"', accentColor: '#1F5EFF', iconUrl: 'https://shop.example/icon.png' };
    await using site = await openSite({ WEB_THEME: JSON.stringify(theme) });
    const text = await (await fetch(site.url)).text();
    expect(text).toContain('<title>Kim &amp; Co &quot;한국&quot;</title>');
    expect(text).toContain('<meta name="theme-color" content="#1f5eff">');
    expect(text).toContain('<link rel="icon" href="https://shop.example/icon.png">');
    expect(text).toContain('&quot;accentColor&quot;:&quot;#1f5eff&quot;');
  });

  it('come with a script that lets other sites set the height of their frames', async () => {
    await using site = await openSite();
    const response = await fetch(`${site.url}/embed.js`);
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('explain how to build the pages if they are not built', async () => {
    await using site = await openSite({}, join(root, 'dist/not-there'));
    const response = await fetch(`${site.url}/e/ev_1`);
    expect(response.status).toBe(404);
    expect(JSON.stringify(await response.json())).toContain('npm run build:web');
    expect((await fetch(`${site.url}/trpc/event.list`)).status).toBe(200);
  });

  it('need less than 40 kB of compressed scripts', () => {
    const scripts = assetsOf(html()).filter((path) => path.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const suffix of ['.br', '.gz']) {
      const bytes = scripts.reduce((sum, path) => sum + readFileSync(join(built, path + suffix)).length, 0);
      expect(bytes).toBeLessThan(40_000);
    }
  });
});

describe('the console’s page', () => {
  it('allows style elements with a nonce that is new in each response, and is never cached', async () => {
    await using site = await openSite();
    const nonces = new Set<string>();
    for (const method of ['GET', 'GET', 'HEAD']) {
      const response = await fetch(`${site.url}/admin`, { method, headers: { 'accept-encoding': 'br' } });
      const policy = directives(response);
      const nonce = /^'self' 'nonce-([\w+/]{22}==)'$/.exec(policy.get('style-src') ?? '')?.[1] ?? '';
      expect(policy.get('script-src')).toBe(`'self'`);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const text = await response.text();
      if (method === 'GET') expect(text).toContain(`<meta name="style-nonce" nonce="${nonce}" />`);
      nonces.add(nonce);
    }
    expect([nonces.size, nonces.has('')]).toEqual([3, false]);
  });

  it('links to the identity provider’s sign-in if there is one', async () => {
    const login = (site: { url: string }) =>
      fetch(`${site.url}/admin`).then(async (page) => /console-login" content="(.*?)"/.exec(await page.text())?.[1]);
    await using plain = await openSite();
    expect(await login(plain)).toBe('');
    await using site = await openSite({ CONSOLE_LOGIN_URL: 'https://login.shop.example/?a="b&c' });
    expect(await login(site)).toBe('https://login.shop.example/?a=&quot;b&amp;c');
  });

  it('loads its component library, which the pages for users don’t load', () => {
    const texts = (page: string) =>
      assetsOf(readFileSync(join(built, page), 'utf8')).map((path) => readFileSync(join(built, path), 'utf8'));
    expect(texts('admin.html').filter((text) => text.includes('mantine'))).toHaveLength(2);
    expect(texts('index.html').filter((text) => text.includes('mantine'))).toEqual([]);
  });
});

/** Asks for a demo token, with headers that `fetch` does not allow. */
function demoToken(port: number, headers: Record<string, string>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(
    { port, path: '/demo/token', method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    (res) => {
      res.resume();
      resolve(res);
    },
  )
    .on('error', reject)
    .end('{"visitor":"kim"}');
  return promise;
}

describe('the visitor’s identity on the served pages', () => {
  const mint = (url: string, body: string) =>
    fetch(`${url}/demo/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  it('is made up if FIRSTCOME_DEMO=1', async () => {
    await using site = await openSite({ FIRSTCOME_DEMO: '1' });
    expect(await (await fetch(`${site.url}/`)).text()).toMatch(
      /<script defer src="\/demo\/identity\.js"><\/script>\s*<script type="module" blocking="render"/,
    );
    expect((await fetch(`${site.url}/demo/identity.js`)).headers.get('cache-control')).toBe('no-cache');
    const { token } = (await (await mint(site.url, '{"visitor":"kim"}')).json()) as { token: string };
    const mine = await fetch(`${site.url}/trpc/claim.list`, { headers: { authorization: `Bearer ${token}` } });
    expect(mine.status).toBe(200);
    for (const body of ['{}', '{"visitor":""}', '{"visitor":"a b"}', `{"visitor":"${'x'.repeat(65)}"}`, '[]', '{']) {
      expect([body, (await mint(site.url, body)).status]).toEqual([body, 400]);
    }
  });

  it.each([
    ['by an API without FIRSTCOME_DEMO', {}],
    ['by an API that listens on every address', { HOST: '0.0.0.0' }],
    ['if FIRSTCOME_DEMO forbids it', { FIRSTCOME_DEMO: '0' }],
    ['in production', { NODE_ENV: 'production' }],
    ['if the site provides one', { WEB_IDENTITY_SCRIPT: '/identity.js' }],
  ])('is not made up %s', async (_name, env) => {
    await using site = await openSite(env);
    expect((await mint(site.url, '{"visitor":"kim"}')).status).toBe(404);
    expect((await fetch(`${site.url}/demo/identity.js`)).status).toBe(404);
    expect(await (await fetch(`${site.url}/`)).text()).not.toContain('/demo/');
  });

  it.each([
    ['under a host name that points to this machine', { host: 'evil.example' }],
    ['under a host name that begins like a loopback address', { host: '127.0.0.1.evil.example' }],
    ['from a page of a different site', { origin: 'https://evil.example' }],
    ['from a page of a different port on this machine', { origin: 'http://127.0.0.1:1' }],
    ['from a page that hides its origin', { origin: 'null' }],
    ['from a page that belongs to a different site, according to the browser', { 'sec-fetch-site': 'cross-site' }],
    ['from a page of a sibling site', { 'sec-fetch-site': 'same-site' }],
  ])('is not made up for a request %s', async (_how, headers) => {
    await using site = await openSite({ FIRSTCOME_DEMO: '1' });
    expect((await demoToken(site.port, { host: `127.0.0.1:${site.port}`, ...headers })).statusCode).toBe(403);
  });

  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '[::1]', 'LOCALHOST'])('is made up at %s', async (name) => {
    await using site = await openSite({ FIRSTCOME_DEMO: '1' });
    const host = `${name}:${site.port}`;
    const origin = `http://${host.toLowerCase()}`;
    expect((await demoToken(site.port, { host, ...(name !== 'LOCALHOST' && { origin }) })).statusCode).toBe(200);
  });

  it('is made up under any host name if FIRSTCOME_DEMO=1 is set for a host other than loopback', async () => {
    await using site = await openSite({ FIRSTCOME_DEMO: '1', HOST: '0.0.0.0' });
    expect((await demoToken(site.port, { host: 'demo.example' })).statusCode).toBe(200);
    expect((await demoToken(site.port, { host: 'demo.example', origin: 'https://evil.example' })).statusCode).toBe(403);
  });

  it('comes from the site’s script, which may call the origins that the site allows', async () => {
    const script = 'https://shop.example/firstcome.js?v=1&w=2';
    await using site = await openSite({
      WEB_IDENTITY_SCRIPT: script,
      WEB_CONNECT_ORIGINS: 'https://login.shop.example, https://api.shop.example:8443',
      WEB_FRAME_ANCESTORS: 'https://shop.example',
    });
    const response = await fetch(`${site.url}/e/ev_1`);
    const policy = directives(response);
    expect(policy.get('script-src')).toBe(`'self' https://shop.example/firstcome.js`);
    expect(policy.get('connect-src')).toBe(`'self' https://login.shop.example https://api.shop.example:8443`);
    expect(policy.get('frame-ancestors')).toBe('https://shop.example');
    expect(response.headers.get('x-frame-options')).toBeNull();
    expect(await response.text()).toContain(
      '<script defer src="https://shop.example/firstcome.js?v=1&amp;w=2"></script>',
    );
  });

  it.each([
    ['WEB_IDENTITY_SCRIPT', `https://shop.example/a.js; script-src *`],
    ['WEB_IDENTITY_SCRIPT', `javascript:alert(1)`],
    ['WEB_IDENTITY_SCRIPT', `//shop.example/a.js`],
    ['WEB_IDENTITY_SCRIPT', `https://shop.example/a.js" onload="x`],
    ['WEB_CONNECT_ORIGINS', `https://shop.example/path`],
    ['WEB_CONNECT_ORIGINS', `*`],
    ['WEB_FRAME_ANCESTORS', `https://shop.example; script-src *`],
    ['WEB_IMAGE_ORIGINS', `https://images.shop.example/path`],
    ['CONSOLE_LOGIN_URL', `javascript:alert(1)`],
    ['WEB_THEME', `{"accentColor":"red"}`],
    ['WEB_THEME', `{"color":"#1f5eff"}`],
    ['WEB_THEME', `{`],
  ])('needs valid settings: %s can’t be %s', (name, value) => {
    expect(() =>
      parseEnv({ DATABASE_URL: 'mysql://127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1', [name]: value }),
    ).toThrow(name);
  });
});

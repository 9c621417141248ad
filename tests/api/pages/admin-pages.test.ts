import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createDecoder, createSigner } from 'fast-jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from '../../../api/create-server.ts';
import { createMetrics } from '../../../api/metrics.ts';
import { createPageSessions } from '../../../api/pages/page-session.ts';
import { openJobQueueView } from '../../../core/jobs/job-queue.ts';
import { openProducerRedis } from '../../../core/redis/open-redis.ts';
import { Fault } from '../../../core/runtime/fault.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { startRedis } from '../../support/test-servers.ts';
import { createInMemoryCore } from '../in-memory.ts';
import { openRealApi, type RealApi } from '../real-server.ts';
import { openTestApi } from '../test-server.ts';
import { adminToken, secret, signToken, userToken } from '../tokens.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, url = api.url) =>
  fetch(`${url}${path}`, { headers, redirect: 'manual' });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
const form = (token: string, next?: string) =>
  String(new URLSearchParams({ token, ...(next !== undefined && { next }) }));
const cookieOf = (res: Response) => res.headers.get('set-cookie')?.split(';')[0] ?? '';
const signedIn = async (role = 'viewer') => ({
  cookie: cookieOf(await post('/admin/session', form(adminToken(role)))),
});

describe('the sign-in to the admin pages', () => {
  it.each(['viewer', 'operator', 'admin'])(
    'lets a %s in, with a cookie that only these pages receive',
    async (role) => {
      const res = await post('/admin/session', form(adminToken(role), '/admin/queues/queue/firstcome?status=failed'));
      expect([res.status, res.headers.get('location')]).toEqual([303, '/admin/queues/queue/firstcome?status=failed']);
      const cookie = res.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^firstcome-pages=[\w.-]+; Path=\/admin; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
      expect(cookie).not.toContain(adminToken(role));
      expect((await get('/admin/queues', { cookie: cookieOf(res) })).status).toBe(200);
    },
  );

  it('answers a script without a redirect, and restricts the cookie to HTTPS if a proxy terminates TLS', async () => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-proto': 'https' };
    const res = await post('/admin/session', JSON.stringify({ token: adminToken('viewer') }), headers);
    expect(res.status).toBe(204);
    expect(res.headers.get('set-cookie')).toMatch(/; Secure$/);
    expect((await post('/admin/session', JSON.stringify({ token: 'x' }), headers)).status).toBe(401);
  });

  it.each([
    ['a day', 86_400, 8 * 3_600],
    ['five minutes', 300, 300],
  ])(
    'is valid for as long as its token, which lasts %s, but for at most 8 hours',
    async (_what, tokenSeconds, seconds) => {
      const now = Math.floor(Date.now() / 1_000);
      const res = await post(
        '/admin/session',
        form(signToken({ sub: 'kim', role: 'viewer', exp: now + tokenSeconds })),
      );
      const [, maxAge] = /Max-Age=(\d+)/.exec(res.headers.get('set-cookie') ?? '') ?? [];
      const { exp } = createDecoder()(cookieOf(res).split('=')[1] ?? '') as { exp: number };
      const late = Math.ceil(Date.now() / 1_000) - now;
      for (const lasts of [Number(maxAge), exp - now]) {
        expect(lasts).toBeGreaterThanOrEqual(seconds - late);
        expect(lasts).toBeLessThanOrEqual(seconds + late);
      }
    },
  );

  it('accepts an API key, for at most as long as the key is valid', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await api
      .admin('admin')
      .mutate('admin.apiKey.create', { name: 'pages-test', role: 'operator', expiresAt });
    const res = await post('/admin/session', form((made.data as { key: string }).key));
    expect(res.status).toBe(303);
    const said = createDecoder()(cookieOf(res).split('=')[1] ?? '') as { sub: string; role: string; exp: number };
    expect([said.sub, said.role]).toEqual(['key:pages-test', 'operator']);
    expect(said.exp * 1_000).toBeLessThanOrEqual(Date.parse(expiresAt));
  });

  it('reads at most 16 KiB, and refuses a user id that looks like an API key', async () => {
    expect((await post('/admin/session', form('x'.repeat(17 * 1_024)))).status).toBe(400);
    const token = signToken({ sub: 'key:robot', role: 'admin', exp: Math.floor(Date.now() / 1_000) + 60 });
    expect((await post('/admin/session', form(token))).status).toBe(403);
  });

  it.each([
    ['a user', () => userToken('kim'), 403],
    ['nonsense', () => 'nonsense', 401],
    ['an empty form', () => '', 401],
  ])('refuses %s, and says why on the page', async (_who, token, status) => {
    const res = await post('/admin/session', form(token()));
    expect([res.status, res.headers.get('set-cookie')]).toEqual([status, null]);
    expect(await res.text()).toContain('role="alert"');
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/admin//evil',
    '/admin/../e/ev_1',
    'javascript:alert(1)',
    '/trpc',
    '/adminx',
  ])('redirects to no other site or page: %s', async (next) => {
    const res = await post('/admin/session', form(adminToken('viewer'), next));
    expect(res.headers.get('location')).toBe('/admin/queues');
    expect(await (await get(`/admin/sign-in?next=${encodeURIComponent(next)}`)).text()).not.toContain('evil');
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ])('refuses a form from another site: %j', async (headers) => {
    const res = await post('/admin/session', form(adminToken('viewer')), headers);
    expect([res.status, res.headers.get('set-cookie')]).toEqual([403, null]);
    expect((await post('/admin/sign-out', '', headers as Record<string, string>)).status).toBe(403);
  });

  it('answers in Korean if the browser prefers Korean, and has strict headers', async () => {
    const res = await get('/admin/sign-in', { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' });
    expect(await res.text()).toContain('<html lang="ko">');
    expect(await (await get('/admin/sign-in', { 'accept-language': 'en, ko;q=0.5' })).text()).toContain(
      '<html lang="en">',
    );
    const policy = res.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain(`frame-ancestors 'none'`);
    // With no-referrer, browsers send `Origin: null` even with our own form, so the server could not tell that form
    // from another site's form.
    expect(res.headers.get('referrer-policy')).toBe('same-origin');
    expect(res.headers.get('x-frame-options')).toBe('DENY');
    expect(res.headers.get('cache-control')).toBe('no-store');
    expect(res.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('accepts our own form from a browser that sends only the Origin header', async () => {
    const res = await post('/admin/session', form(adminToken('viewer')), { origin: api.url });
    expect(res.status).toBe(303);
  });

  it('shows who is signed in, and offers to sign out', async () => {
    const html = await (await get('/admin/sign-in?next=/admin/queues', await signedIn())).text();
    expect(html).toContain('the-viewer (viewer)');
    expect(html).toContain('action="/admin/sign-out"');
  });

  it('ends when the user signs out', async () => {
    const res = await post('/admin/sign-out', '', await signedIn());
    expect(res.status).toBe(303);
    expect(res.headers.get('set-cookie')).toMatch(/^firstcome-pages=; Path=\/admin; Max-Age=0;/);
  });

  it('does not exist if there is no secret to sign sessions with', async () => {
    await using without = await openTestApi({ authSecret: undefined });
    expect((await get('/admin/sign-in', {}, without.url)).status).toBe(404);
  });
});

describe('a session of the admin pages', () => {
  it('is accepted only by these pages', async () => {
    const session = await signedIn('admin');
    const input = encodeURIComponent('{}');
    expect((await get(`/trpc/admin.whoami?input=${input}`, session)).status).toBe(401);
    const token = session.cookie.split('=')[1] ?? '';
    expect((await get(`/trpc/admin.whoami?input=${input}`, { authorization: `Bearer ${token}` })).status).toBe(401);
  });

  it('can’t be made from a token, altered, or extended without limit', async () => {
    const { cookie } = await signedIn();
    const [head = '', , signature = ''] = cookie.split('.');
    const sessionOf = createPageSessions(secret, api.platform.apiKeys);
    const good = sessionOf.begin({ name: 'kim', role: 'admin' }, { tokenEndsAtMs: null, secure: false });
    expect((await get('/admin/queues', { cookie: good })).status).toBe(200);
    const other = Buffer.from(JSON.stringify({ sub: 'kim', role: 'admin', exp: 4e9 })).toString('base64url');
    const expired = createSigner({ key: secret, aud: 'firstcome:pages' })({ sub: 'kim', role: 'admin', exp: 4e9 });
    for (const forged of [
      `firstcome-pages=${adminToken('admin')}`,
      `${head}.${other}.${signature}`,
      sessionOf.begin({ name: 'kim', role: 'admin' }, { tokenEndsAtMs: Date.now() - 1_000, secure: false }),
      `firstcome-pages=${expired}`,
      'firstcome-pages=',
    ]) {
      expect((await get('/admin/queues', { cookie: forged })).status).toBe(303);
    }
  });

  it('is required: without a session, pages redirect to the sign-in, and calls are refused', async () => {
    const page = await get('/admin/queues/queue/firstcome');
    const next = encodeURIComponent('/admin/queues/queue/firstcome');
    expect([page.status, page.headers.get('location')]).toEqual([303, `/admin/sign-in?next=${next}`]);
    expect((await get('/admin/queues/api/queues')).status).toBe(401);
  });
});

describe('the queue dashboard', () => {
  it('shows the existing jobs', async () => {
    const { jobs } = api.platform;
    await jobs.scheduleSeed({ eventId: 'ev_board', round: 1 }, 9e12, 3_600_000);
    const session = await signedIn();
    const res = await get('/admin/queues/api/queues?activeQueue=firstcome&status=delayed&page=1', session);
    const { queues } = (await res.json()) as { queues: { readOnlyMode: boolean; jobs: { data: unknown }[] }[] };
    expect(queues[0]?.readOnlyMode).toBe(true);
    expect(queues[0]?.jobs.map(({ data }) => data)).toEqual([{ format: 1, eventId: 'ev_board', round: 1 }]);
    const page = await get('/admin/queues', session);
    // Without the <base> element, the page would find neither its scripts nor its styles.
    expect(page.headers.get('content-security-policy')).toContain(`base-uri 'self'`);
    const html = await page.text();
    expect(html).toContain('<base href="/admin/queues/"');
    const [, script = ''] = /<script[^>]* src="(static\/js\/main[^"]+)"/.exec(html) ?? [];
    expect((await get(`/admin/queues/${script}`, session)).status).toBe(200);
  });

  it('answers an odd path with 404, not with a server error', async () => {
    const session = await signedIn();
    expect((await get('/admin/queues//', session)).status).toBe(404);
    expect((await get('/admin/queues//?jobsPerPage=1000', session)).status).toBe(404);
  });

  it('closes within 3 s after the API key that began the session is revoked, whichever process revokes it', async () => {
    const admin = api.admin('admin');
    const made = await admin.mutate('admin.apiKey.create', { name: 'ends-with-key', role: 'viewer' });
    const { id, key } = made.data as { id: string; key: string };
    const session = { cookie: cookieOf(await post('/admin/session', form(key))) };
    expect((await get('/admin/queues', session)).status).toBe(200);
    await admin.mutate('admin.apiKey.revoke', { id });
    await expect.poll(async () => (await get('/admin/queues', session)).status).toBe(303);
    expect((await get('/admin/queues/api/queues', session)).status).toBe(401);
    expect(await (await get('/admin/sign-in', session)).text()).not.toContain('ends-with-key');
  });

  it('closes when the API key that began the session expires', async () => {
    const made = await api
      .admin('admin')
      .mutate('admin.apiKey.create', { name: 'ends-by-itself', role: 'viewer', ttlSeconds: 2 });
    const { key } = made.data as { key: string };
    const session = { cookie: cookieOf(await post('/admin/session', form(key))) };
    await expect.poll(async () => (await get('/admin/queues', session)).status).toBe(303);
  });

  it('closes when the token that began the session expires', async () => {
    const token = signToken({ sub: 'kim', role: 'viewer', exp: Math.floor(Date.now() / 1_000) + 2 });
    const session = { cookie: cookieOf(await post('/admin/session', form(token))) };
    await expect.poll(async () => (await get('/admin/queues', session)).status).toBe(303);
  });

  it('neither opens nor ends the session while the API key can’t be checked', async () => {
    const core = createInMemoryCore();
    const away = { ...core.apiKeys, checkId: () => Promise.reject(new Fault('unavailable', 'MySQL is away.')) };
    await using without = await openTestApi({
      apiKeys: away,
      openQueueView: () => Promise.reject(new Error('nobody may look')) as never,
    });
    const options = { tokenEndsAtMs: null, keyId: 'k1', secure: false };
    const cookie = createPageSessions(secret, away).begin({ name: 'key:robot', role: 'viewer' }, options);
    const answers = await Promise.all(
      ['/admin/queues', '/admin/queues/api/queues', '/admin/sign-in'].map((path) => get(path, { cookie }, without.url)),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers.every(({ headers }) => headers.get('set-cookie') === null)).toBe(true);
  });

  it('reads a limited number of jobs', async () => {
    const session = await signedIn();
    const ask = (query: string) => get(`/admin/queues/api/queues?activeQueue=firstcome&${query}`, session);
    expect((await ask('jobsPerPage=100')).status).toBe(200);
    for (const much of [
      'jobsPerPage=101',
      'jobsPerPage=1e9',
      'jobsPerPage=10&jobsPerPage=1000',
      'jobsPerPage=x',
      'jobsPerPage=-1',
      'jobsPerPage=',
    ]) {
      expect((await ask(much)).status).toBe(400);
    }
  });

  it('writes nothing to the queue that it shows', async () => {
    await using redis = await startRedis();
    const connection = openProducerRedis(redis.url);
    const view = openJobQueueView(connection);
    await expect.poll(() => view.answers()).toBe(true);
    await view.queue.getJobCounts();
    await view.queue.waitUntilReady();
    expect(await connection.keys('*')).toEqual([]);
    await view.close();
  });

  it('is loaded only when somebody first opens it', async () => {
    const script = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('@bull-board/')) loaded.push(name);
        return next(name, context);
      } });
      const { createQueueBoard } = await import('./api/pages/queue-board.ts');
      await import('./api/create-server.ts');
      const opened = [];
      const board = createQueueBoard(() => { opened.push(1); throw new Error('opened'); });
      const before = [loaded.length, opened.length];
      await new Promise((resolve) => board.handler({ method: 'GET', path: '/', url: '/', headers: {} }, {}, resolve));
      console.log(JSON.stringify({ before, loaded: loaded.length > 0, opened: opened.length }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual({ before: [0, 0], loaded: true, opened: 1 });
  });

  it('lets nobody change anything, whatever the role', async () => {
    const session = await signedIn('admin');
    await api.platform.jobs.scheduleSeed({ eventId: 'ev_stays', round: 1 }, 9e12, 3_600_000);
    const before = await (await get('/admin/queues/api/queues?activeQueue=firstcome&status=delayed', session)).json();
    for (const [method, path] of [
      ['PUT', 'firstcome/pause'],
      ['PUT', 'firstcome/clean/delayed'],
      ['PUT', 'firstcome/empty'],
      ['PUT', 'firstcome/seed-ev_stays-1-9000000000000/promote'],
      ['PUT', 'firstcome/seed-ev_stays-1-9000000000000/clean'],
      ['POST', 'firstcome/add'],
      ['DELETE', 'firstcome'],
    ] as const) {
      const res = await fetch(`${api.url}/admin/queues/api/queues/${path}`, { method, headers: session });
      expect(res.status).toBe(405);
    }
    const after = await (await get('/admin/queues/api/queues?activeQueue=firstcome&status=delayed', session)).json();
    expect(after).toEqual(before);
  });

  it('says that Redis does not answer, and shows jobs again once Redis answers', async () => {
    await using redis = await startRedis();
    const core = createInMemoryCore();
    const server = createServer({
      ...core,
      ...{ apiKeys: api.platform.apiKeys, log: createLog('api', 'silent'), authSecret: secret, corsOrigins: [] },
      metrics: createMetrics({ processMetrics: false }),
      openQueueView: () => openJobQueueView(openProducerRedis(redis.url)),
      timeouts: { lastCallMs: 0 },
    });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const session = await signedIn();
    const ask = () => get('/admin/queues/api/queues', session, `http://127.0.0.1:${port}`);
    expect((await ask()).status).toBe(200);
    await redis.kill9();
    await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(503);
    const page = await get('/admin/queues', session, `http://127.0.0.1:${port}`);
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('role="alert"')]);
    await redis.restart();
    await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
    redis.pause();
    expect((await ask()).status).toBe(503);
    redis.resume();
    await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
    await server.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFirstcomeClient } from '../../api/client/index.ts';
import { sendRaw, type RawReply } from './raw-http.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken } from './tokens.ts';

/** Enables the admin pages. These tests never open the queue dashboard. */
const openQueueView = (): never => {
  throw new Error('These tests open no queue.');
};

let everything: TestApi;
let forEverybody: TestApi;
beforeAll(async () => {
  everything = await openTestApi({ openQueueView });
  forEverybody = await openTestApi({ openQueueView, exposure: 'public' });
});
afterAll(async () => {
  await everything[Symbol.asyncDispose]();
  await forEverybody[Symbol.asyncDispose]();
});

/** Sends a request with exactly this path, and with a token that allows everything. */
function send(api: TestApi, target: string, body?: string): Promise<RawReply> {
  const headers: [string, string][] = [
    ['Host', 'shop.example'],
    ['Authorization', `Bearer ${adminToken('admin')}`],
  ];
  if (body !== undefined) {
    headers.push(['Content-Type', 'application/json'], ['Content-Length', String(Buffer.byteLength(body))]);
  }
  return sendRaw(api.port, {
    method: body === undefined ? 'GET' : 'POST',
    target,
    headers,
    body: Buffer.from(body ?? ''),
  });
}

async function answerTo(api: TestApi, target: string, body?: string): Promise<{ status: number; body: string }> {
  const reply = await send(api, target, body);
  if (reply === 'closed without an answer') throw new Error(`${target} was not answered`);
  return { status: reply.status, body: reply.body };
}

describe('a procedure has one path, and another spelling is not found:', () => {
  it.each([
    ...['/trpc/%61dmin.whoami', '/trpc/admin%2Ewhoami', '/trpc/admin.who%61mi', '/%74rpc/admin.whoami'],
    ...[
      '/trpc//admin.whoami',
      '//trpc/admin.whoami',
      '/trpc/admin.whoami/',
      '/trpc/x/admin.whoami',
      '/TRPC/admin.whoami',
    ],
    ...['/trpc/./admin.whoami', '/trpc/../trpc/admin.whoami', '/trpc/x/../admin.whoami', '/trpc/..%2fadmin.whoami'],
    ...['/trpc/admin.whoami#x', '/trpc;x/admin.whoami', '/trpc/admin.whoami;x', '/trpc\\admin.whoami'],
    ...['http://shop.example/trpc/admin.whoami', 'http://shop.example//trpc/admin.whoami'],
    ...['/trpc/event.list%2Cadmin.whoami?batch=1', '/trpc/admin.whoami%2Cadmin.whoami?batch=1'],
  ])('%s', async (target) => {
    expect((await answerTo(everything, '/trpc/admin.whoami')).status).toBe(200);
    const { status, body } = await answerTo(everything, target);
    expect({ status, code: (JSON.parse(body) as { error: { data: { code: string } } }).error.data.code }).toEqual({
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});

describe('the paths of admin pages, metrics and probes', () => {
  it.each([
    ...[
      '/%61dmin/sign-in',
      '//admin/sign-in',
      '/Admin/sign-in',
      '/ADMIN/SIGN-IN',
      '/admin/sign-in/',
      '/admin//sign-in',
    ],
    ...['/x/../admin/sign-in', '/admin/queues/../sign-in', '/admin/queues//api', '/Admin/queues', '/admin/'],
    ...[
      '/METRICS',
      '/metrics/',
      '/%6detrics',
      '//metrics',
      '/./metrics',
      '/x/../metrics',
      'http://shop.example/metrics',
    ],
    ...['/readyz/', '/Readyz', '//readyz', '/%72eadyz', '/livez/', '/LIVEZ'],
  ])('do not include %s', async (target) => {
    expect((await answerTo(everything, target)).status).toBe(404);
  });

  it.each(['/admin/sign-in', '/admin/sign-in?next=%2Fadmin', '/metrics', '/metrics?x', '/readyz', '/livez'])(
    'include %s',
    async (target) => {
      expect((await answerTo(everything, target)).status).toBe(200);
    },
  );
});

describe('a batch', () => {
  it.each(['batch=1', 'batch=1&batch=1', 'b%61tch=1', 'batch=0&batch=1', 'batch=true', 'batch', ''])(
    'that mixes admin calls with other calls is refused as a whole, with the query “%s”',
    async (query) => {
      const before = everything.core.calls.length;
      for (const calls of [
        'admin.whoami,event.list',
        'event.list,admin.whoami',
        'clock.get,admin.event.list,clock.get',
      ]) {
        const { status, body } = await answerTo(everything, `/trpc/${calls}?${query}`);
        expect([calls, status]).toEqual([calls, 400]);
        expect(body).toContain('Send them separately');
      }
      const changes = '/trpc/claim.submit,admin.event.pause';
      const inputs = '{"0":{"eventId":"open"},"1":{"eventId":"open"}}';
      expect((await answerTo(everything, `${changes}?${query}`, inputs)).status).toBe(400);
      expect(everything.core.calls.length).toBe(before);
      expect(everything.core.submitted).toEqual([]);
    },
  );

  it('that has only admin calls, or none, is answered', async () => {
    expect((await answerTo(everything, '/trpc/admin.whoami,admin.whoami?batch=1')).status).toBe(200);
    expect((await answerTo(everything, '/trpc/event.list,clock.get?batch=1')).status).toBe(200);
  });

  it('of the typed client never mixes admin calls with other calls', async () => {
    const client = createFirstcomeClient({ url: everything.url, token: adminToken('viewer') });
    const [whoami, list, clock] = await Promise.all([
      client.admin.whoami.query(),
      client.event.list.query({}),
      client.clock.get.query(),
    ]);
    expect(whoami.role).toBe('viewer');
    expect(list.length).toBeGreaterThan(0);
    expect(clock.serverTime).toBe(whoami.serverTime);
  });
});

describe('a port for the public', () => {
  it.each(['/metrics', '/admin', '/admin/sign-in', '/admin/sign-in.css', '/admin/queues', '/admin/queues/api/queues'])(
    'has no %s',
    async (target) => {
      expect((await answerTo(forEverybody, target)).status).toBe(404);
      expect((await answerTo(forEverybody, target)).body).not.toContain('/metrics');
    },
  );

  it('answers admin procedures as it answers unknown procedures', async () => {
    const known = await answerTo(forEverybody, '/trpc/admin.whoami');
    const madeUp = await answerTo(forEverybody, '/trpc/admin.madeup');
    expect(known).toEqual({ status: 404, body: madeUp.body.replaceAll('madeup', 'whoami') });
    const batch = await answerTo(forEverybody, '/trpc/admin.whoami,admin.event.list?batch=1');
    expect(batch.status).toBe(404);
    const pause = await answerTo(forEverybody, '/trpc/admin.event.pause', '{"eventId":"open"}');
    expect(pause.status).toBe(404);
    expect(forEverybody.core.calls).toEqual([]);
  });

  it('reports only whether the process is ready', async () => {
    expect(await answerTo(forEverybody, '/readyz')).toEqual({ status: 200, body: '{"ready":true}' });
    forEverybody.core.checks.push({ name: 'redis', ok: false, required: true, detail: 'at 10.0.0.7' });
    expect(await answerTo(forEverybody, '/readyz')).toEqual({ status: 503, body: '{"ready":false}' });
    forEverybody.core.checks.pop();
  });

  it('serves the public procedures like any other port', async () => {
    for (const target of ['/livez', '/trpc/event.list', '/trpc/clock.get', '/trpc/event.list,clock.get?batch=1']) {
      expect(await answerTo(forEverybody, target)).toEqual(await answerTo(everything, target));
    }
    const claim = await answerTo(forEverybody, '/trpc/claim.submit', '{"eventId":"open"}');
    expect(claim).toMatchObject({ status: 200, body: expect.stringContaining('"issued"') as unknown });
  });
});

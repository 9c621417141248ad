import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw, type RawReply } from '../raw-http.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { adminToken, userToken } from '../tokens.ts';

let everything: TestApi;
let forEverybody: TestApi;
beforeAll(async () => {
  everything = await openTestApi();
  forEverybody = await openTestApi({ exposure: 'public' });
});
afterAll(async () => {
  await everything[Symbol.asyncDispose]();
  await forEverybody[Symbol.asyncDispose]();
});

type Over = { api?: TestApi; method?: string; headers?: [string, string][]; body?: string; token?: string };

async function send(target: string, { api = everything, method = 'GET', headers = [], body, token }: Over = {}) {
  const reply: RawReply = await sendRaw(api.port, {
    ...{ method, target },
    headers: [
      ['Host', 'shop.example'],
      ['Authorization', `Bearer ${token ?? adminToken('admin')}`],
      ...headers,
      ...(body === undefined ? [] : ([['Content-Length', String(Buffer.byteLength(body))]] as [string, string][])),
    ],
    body: Buffer.from(body ?? ''),
  });
  if (reply === 'closed without an answer') throw new Error(`${target} was not answered`);
  return reply;
}

const problemOf = (reply: { headers: Record<string, string[]>; body: string }) => {
  expect(reply.headers['content-type']).toEqual(['application/problem+json']);
  return JSON.parse(reply.body) as { status: number; reason: string };
};

describe('another spelling of a path gets 404:', () => {
  it.each([
    ...['/api/v1/%61dmin/whoami', '/api/v1/admin%2Fwhoami', '/%61pi/v1/admin/whoami', '/api/v1/admin/who%61mi'],
    ...['/api//v1/admin/whoami', '//api/v1/admin/whoami', '/api/v1/admin/whoami/', '/api/v1/x/../admin/whoami'],
    ...['/api/v1/./admin/whoami', '/API/v1/admin/whoami', '/api/v1/Admin/whoami', '/api/v1/admin/whoami;x'],
    ...[
      '/api/v1/admin/whoami#x',
      'http://shop.example/api/v1/admin/whoami',
      '/api\\v1\\admin\\whoami',
      '/api/v2/clock',
    ],
  ])('%s', async (target) => {
    expect((await send('/api/v1/admin/whoami')).status).toBe(200);
    expect((await send(target)).status).toBe(404);
    expect((await send(target, { api: forEverybody })).status).toBe(404);
  });
});

it('the public port serves no admin path with any method', async () => {
  for (const target of [
    '/api/v1/admin/whoami',
    '/api/v1/admin/events',
    '/api/v1/admin/events/open/pause',
    '/api/v1/admin',
  ]) {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
      const reply = await send(target, { api: forEverybody, method });
      expect([target, method, reply.status]).toEqual([target, method, 404]);
    }
  }
  expect(forEverybody.core.calls).toEqual([]);
});

it('an admin path accepts only its own method', async () => {
  for (const method of ['PUT', 'DELETE', 'TRACE', 'OPTIONS', 'get']) {
    const reply = await send('/api/v1/admin/events/open/pause', { method }).catch(() => null);
    // Node itself refuses methods that HTTP does not define.
    if (reply === null || reply.status === 400) continue;
    expect([method, reply.status, reply.headers['allow']]).toEqual([method, 405, ['POST']]);
    expect(problemOf(reply).reason).toBe('method_not_allowed');
  }
  expect(everything.core.calls).toEqual([]);
});

describe('a request body', () => {
  const pause = '/api/v1/admin/events/open/pause';
  const json: [string, string] = ['Content-Type', 'application/json'];

  it.each<[string, number, string, [string, string][], string]>([
    ['of a megabyte', 413, 'payload_too_large', [json], JSON.stringify({ reason: 'x'.repeat(1_000_000) })],
    ['just above 16 KiB', 413, 'payload_too_large', [json], JSON.stringify({ reason: 'x'.repeat(16_384 - 12) })],
    ['that is XML', 415, 'unsupported_media_type', [['Content-Type', 'application/xml']], '<pause/>'],
    ['that is a form', 415, 'unsupported_media_type', [['Content-Type', 'application/x-www-form-urlencoded']], 'a=1'],
    [
      'in a different character set',
      415,
      'unsupported_media_type',
      [['Content-Type', 'application/json; charset=utf-16']],
      '{}',
    ],
    ['without a content type', 415, 'unsupported_media_type', [], '{}'],
    ['that is not JSON', 400, 'bad_request', [json], '{'],
    ['that is half JSON', 400, 'bad_request', [json], '{"reason":"x"} {}'],
    ['with a prototype', 400, 'bad_request', [json], '{"__proto__":{"reason":"x"}}'],
    ['that is deeply nested', 400, 'bad_request', [json], `{"reason":${'['.repeat(7_000)}${']'.repeat(7_000)}}`],
  ])('%s is answered %i', async (_name, status, reason, headers, body) => {
    const before = everything.core.calls.length;
    const reply = await send(pause, { method: 'POST', headers, body });
    expect([reply.status, problemOf(reply).reason]).toEqual([status, reason]);
    expect(everything.core.calls.length).toBe(before);
  });

  it('that arrives in chunks is read like any other body, and refused once it is too large', async () => {
    const chunked = (content: string, claim: string) =>
      sendRaw(everything.port, {
        ...{ method: 'POST', target: claim },
        headers: [
          ['Host', 'x'],
          ['Authorization', `Bearer ${userToken('kim')}`],
          json,
          ['Transfer-Encoding', 'chunked'],
        ],
        body: Buffer.from(`${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`),
      });
    expect(await chunked('{"eventId":"open"}', '/api/v1/coupon/issue/stream')).toMatchObject({ status: 201 });
    const large = JSON.stringify({ eventId: 'open', more: 'x'.repeat(20_000) });
    expect(await chunked(large, '/api/v1/coupon/issue/stream')).toMatchObject({ status: 413 });
  });
});

describe('a request with duplicate headers', () => {
  it('uses the first Authorization header', async () => {
    const path = '/api/v1/events/open/claims/mine';
    const asKim = await send(path, { token: userToken('kim') });
    expect(
      await send(path, { token: userToken('kim'), headers: [['Authorization', `Bearer ${userToken('lee')}`]] }),
    ).toMatchObject({
      ...{ status: asKim.status, body: asKim.body },
    });
  });

  it('is refused if it has two Idempotency-Key headers', async () => {
    const headers: [string, string][] = [
      ['Idempotency-Key', 'a'],
      ['Idempotency-Key', 'b'],
    ];
    const reply = await send('/api/v1/admin/events/open/pause', { method: 'POST', headers });
    expect([reply.status, problemOf(reply).reason]).toEqual([400, 'bad_request']);
  });
});

it('a URL that is too long is answered 414, and an unexpected query is ignored', async () => {
  const long = await send(`/api/v1/events?x=${'x'.repeat(9_000)}`);
  expect([long.status, problemOf(long).reason]).toEqual([414, 'uri_too_long']);
  expect((await send('/api/v1/events?x=1')).status).toBe(200);
});

it('HEAD is answered like GET, but without the body', async () => {
  const got = await send('/api/v1/events/open');
  const head = await send('/api/v1/events/open', { method: 'HEAD' });
  expect([head.status, head.body, head.headers['content-type']]).toEqual([200, '', got.headers['content-type']]);
});

it('the role is checked before the body, so a user gets 403 whatever the body contains', async () => {
  for (const body of ['[', '{"name":7}', 'x'.repeat(20_000)]) {
    const json: [string, string][] = [['Content-Type', 'application/json']];
    const reply = await send('/api/v1/admin/events', { method: 'POST', token: userToken('kim'), headers: json, body });
    expect({ body: body.slice(0, 10), status: reply.status }).toEqual({ body: body.slice(0, 10), status: 403 });
  }
});

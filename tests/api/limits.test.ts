import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { exchange, parseReply, sendRaw, type RawReply } from './raw-http.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, userToken } from './tokens.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const post = (
  target: string,
  body: string,
  headers: [string, string][] = [],
  token = userToken('kim'),
): Promise<RawReply> =>
  sendRaw(api.port, {
    method: 'POST',
    target,
    headers: [
      ['Host', 'localhost'],
      ['Content-Type', 'application/json'],
      ['Authorization', `Bearer ${token}`],
      ['Content-Length', String(Buffer.byteLength(body))],
      ...headers,
    ],
    body: Buffer.from(body),
  });

const get = (target: string, headers: [string, string][] = []): Promise<RawReply> =>
  sendRaw(api.port, { method: 'GET', target, headers: [['Host', 'localhost'], ...headers], body: Buffer.alloc(0) });

const errorOf = (reply: RawReply): unknown =>
  reply === 'closed without an answer' ? reply : { status: reply.status, ...(JSON.parse(reply.body) as object) };

describe('a request body', () => {
  const bodyOf = (bytes: number): string => `{"eventId":"open","more":"${'x'.repeat(bytes - 28)}"}`;

  it.each(['/trpc/claim.submit', '/trpc/admin.event.pause'])(
    'of 16 KiB is read, and one more byte is refused (%s)',
    async (target) => {
      const fits = await post(target, bodyOf(16_384), [], adminToken('operator'));
      // A change with too many fields is an error, which shows that the server has read the body.
      expect(fits).toMatchObject({ status: target.endsWith('submit') ? 200 : 400 });
      for (const bytes of [16_385, 20_000, 1_000_000]) {
        expect(errorOf(await post(target, bodyOf(bytes), [], adminToken('operator')))).toMatchObject({
          status: 413,
          error: { message: 'The body is larger than 16 KiB.', data: { code: 'PAYLOAD_TOO_LARGE', httpStatus: 413 } },
        });
      }
    },
  );

  it('that comes in endless chunks is cut off', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    const head =
      `POST /trpc/claim.submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Authorization: Bearer ${userToken('kim')}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const reply = parseReply(await exchange(api.port, Buffer.from(head + chunk.repeat(20) + '0\r\n\r\n')));
    expect(errorOf(reply)).toMatchObject({ status: 413 });
  });
});

describe('a batch', () => {
  const target = (calls: number, path: string): string => `/trpc/${Array(calls).fill(path).join(',')}?batch=1`;
  const body = (calls: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: calls }, (_, at) => [at, { eventId: 'open' }])));

  it.each([1, 2, 10])('with %d calls is answered', async (calls) => {
    const reply = await post(target(calls, 'claim.submit'), body(calls));
    expect(reply).toMatchObject({ status: 200 });
    expect(reply !== 'closed without an answer' && JSON.parse(reply.body)).toHaveLength(calls);
  });

  it.each([11, 12, 100])('with %d calls is refused, and claims nothing', async (calls) => {
    api.core.submitted.splice(0);
    expect(errorOf(await post(target(calls, 'claim.submit'), body(calls)))).toMatchObject({
      status: 400,
      error: { data: { code: 'BAD_REQUEST' } },
    });
    expect(errorOf(await get(`${target(calls, 'event.get')}&input=${encodeURIComponent(body(calls))}`))).toMatchObject({
      status: 400,
    });
    expect(api.core.submitted).toEqual([]);
  });
});

describe("a request's URL and headers", () => {
  it('are read if the query has up to 8 KiB, and refused if it is longer', async () => {
    const pad = (chars: number): string =>
      `/trpc/event.get?input=${encodeURIComponent('{"eventId":"open"}')}&x=`.padEnd(chars, 'x');
    expect(await get(pad(8_192))).toMatchObject({ status: 200 });
    expect(errorOf(await get(pad(8_193)))).toMatchObject({
      status: 414,
      error: { message: expect.stringContaining('8192') as unknown },
    });
  });

  it('are refused if they exceed 16 KiB together', async () => {
    expect(await get('/livez', [['X-Large', 'x'.repeat(17_000)]])).toMatchObject({ status: 431 });
    expect(await get(`/livez?${'x'.repeat(17_000)}`)).toMatchObject({ status: 431 });
    expect(await post('/trpc/claim.submit', '{"eventId":"open"}', [['Cookie', 'x'.repeat(17_000)]])).toMatchObject({
      status: 431,
    });
  });

  it.each([
    '/trpc/__proto__',
    '/trpc/constructor',
    '/trpc/toString',
    '/trpc/claim',
    '/trpc/admin.event.delete',
    '/trpc/',
    '/nowhere',
  ])('reach no procedure with %s', async (target) => {
    const reply = errorOf(await get(target));
    expect(reply).toMatchObject({ status: 404, error: { data: { code: 'NOT_FOUND', httpStatus: 404 } } });
  });

  it('lead to a mutation only with POST, and to a query only with GET', async () => {
    expect(errorOf(await get('/trpc/claim.submit?input=%7B%22eventId%22%3A%22open%22%7D'))).toMatchObject({
      status: 405,
    });
    expect(errorOf(await post('/trpc/event.get', '{"eventId":"open"}'))).toMatchObject({ status: 405 });
  });
});

describe('a slow or leaving client', () => {
  const half = (length = 18): string =>
    `POST /trpc/claim.submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
    `Authorization: Bearer ${userToken('leaver')}\r\nContent-Length: ${length}\r\n\r\n{"eventId":`;

  const dial = async (port: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };

  it('claims nothing if it leaves in the middle of a body, in either lane, and does not affect other clients', async () => {
    api.core.submitted.splice(0);
    for (const [hotLane, cut] of [true, false].flatMap((lane) => [[lane, 'end'] as const, [lane, 'reset'] as const])) {
      await using own = await openTestApi({ hotLane });
      const socket = await dial(own.port);
      socket.write(half());
      await waitFor(() => connections(own).then((count) => count === 1), { what: 'the connection' });
      if (cut === 'end') socket.end();
      else socket.resetAndDestroy();
      await waitFor(() => connections(own).then((count) => count === 0), { what: 'the connection to be closed' });
      expect(own.core.submitted).toEqual([]);
      const { status } = await fetch(`${own.url}/livez`);
      expect(status).toBe(200);
    }
  });

  it('gets one claim if it sends a body byte by byte', async () => {
    api.core.submitted.splice(0);
    const socket = await dial(api.port);
    socket.setNoDelay(true);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(half());
    for (const byte of '"open"}') {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => answer.includes('"status":"issued"'), { what: 'the answer' });
    expect(api.core.submitted).toEqual([{ eventId: 'open', userId: 'leaver' }]);
    socket.destroy();
  });

  it('gets its answers in order if it sends two requests at once on a connection', async () => {
    const one = (eventId: string): string =>
      `POST /trpc/claim.submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
      `Authorization: Bearer ${userToken('kim')}\r\nContent-Length: ${15 + eventId.length - 1}\r\n\r\n{"eventId":"${eventId}"}`;
    const last = `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    const text = (await exchange(api.port, Buffer.from(one('paused') + one('closed') + last))).toString();
    const statuses = [...text.matchAll(/"status":"(\w+)"|"(alive)"/g)].map(([, status, alive]) => status ?? alive);
    expect(statuses).toEqual(['paused', 'closed', 'alive']);
  });

  it('is cut off if it does not finish a request in time', async () => {
    await using own = await openTestApi({ timeouts: { headersMs: 200, requestMs: 400, checkEveryMs: 50 } });
    for (const [sent, status] of [
      ['POST /trpc/claim.submit HTTP/1.1\r\nHost: localh', 408],
      [half(), 408],
      ['', 408],
    ] as const) {
      expect(parseReply(await exchange(own.port, Buffer.from(sent)))).toMatchObject({ status });
    }
    expect(own.core.submitted).toEqual([]);
  });

  it('is not cut off merely because its connection is idle between requests', async () => {
    await using own = await openTestApi({
      timeouts: { headersMs: 200, requestMs: 400, keepAliveMs: 60_000, checkEveryMs: 50 },
    });
    const socket = await dial(own.port);
    let answers = 0;
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString().split('HTTP/1.1 200').length - 1));
    const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
    socket.write(request);
    await waitFor(() => answers === 1, { what: 'the first answer' });
    const waitedMs = performance.now() + 1_000;
    await waitFor(() => performance.now() > waitedMs, { what: 'a second to pass' });
    socket.write(request);
    await waitFor(() => answers === 2, { what: 'the second answer on the same connection' });
    socket.destroy();
  });

  it('gets an answer without a stack trace if it does not speak HTTP', async () => {
    for (const bytes of [
      '\0\0\0',
      'HELO there\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      const text = (await exchange(api.port, Buffer.from(bytes))).toString();
      expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(text).not.toMatch(/\bat .*\.[tj]s/);
    }
  });
});

function connections(own: TestApi): Promise<number> {
  return new Promise((resolve, reject) => {
    own.api.server.getConnections((err, count) => (err === null ? resolve(count) : reject(err)));
  });
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, failureOf } from '../../web/shared/client.ts';
import { createIdentity } from '../../web/shared/identity.ts';

/** How the page interprets the answers to its calls. */
let answer: (req: IncomingMessage, res: ServerResponse) => void;
const server = createServer((req, res) => answer(req, res));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { fetch } = globalThis;
  // The page's calls use addresses relative to its origin.
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init));
});
afterEach(() => {
  answer = () => undefined;
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

const tokens = ['first', 'second', 'third'];
/** A client for a visitor whose site gives a different token each time. */
const openClient = () => {
  const left = [...tokens];
  return createClient(createIdentity(() => ({ getToken: () => Promise.resolve(left.shift() ?? 'none') }), Date.now));
};
const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
  answer = (_req, res) => res.writeHead(status, headers).end(body);
};
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => failureOf(error),
  );
const errorOf = (code: string): string => JSON.stringify({ error: { message: 'No.', data: { code } } });

describe('a call of the page', () => {
  it.each([
    ['text that is not JSON', '<html>Bad Gateway</html>'],
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['a JSON string', '"busy"'],
    ['an error without a code', '{"error":"upstream"}'],
  ])('is undecided if a proxy answers it with %s, and the proxy’s Retry-After is respected', async (_what, body) => {
    send(502, body, { 'retry-after': '3' });
    expect(await failure(openClient().submitClaim('ev_1'))).toEqual({ kind: 'undecided', retryAfterMs: 3_000 });
  });

  it('is undecided if the API is busy or can’t decide, but decided if the API refuses it', async () => {
    send(429, errorOf('TOO_MANY_REQUESTS'), { 'retry-after': '1' });
    expect(await failure(openClient().submitClaim('ev_1'))).toEqual({ kind: 'undecided', retryAfterMs: 1_000 });
    send(503, errorOf('SERVICE_UNAVAILABLE'));
    expect(await failure(openClient().submitClaim('ev_1'))).toEqual({ kind: 'undecided', retryAfterMs: 0 });
    send(404, errorOf('NOT_FOUND'));
    expect(await failure(openClient().submitClaim('ev_1'))).toEqual({ kind: 'refused', code: 'NOT_FOUND' });
  });

  it('is undecided if the connection breaks', async () => {
    answer = (_req, res) => res.destroy();
    expect(await failure(openClient().submitClaim('ev_1'))).toEqual({ kind: 'undecided', retryAfterMs: 0 });
  });

  it('is repeated once with a new token if the server refuses the first, and fails as not signed in if it refuses the second', async () => {
    const used: (string | undefined)[] = [];
    answer = (req, res) => {
      used.push(req.headers.authorization);
      res.writeHead(401).end(errorOf('UNAUTHORIZED'));
    };
    expect(await failure(openClient().listMyCoupons(new AbortController().signal))).toEqual({
      kind: 'not_signed_in',
      isSure: true,
    });
    expect(used).toEqual(['Bearer first', 'Bearer second']);
  });

  it('sends a token only if the answer depends on the user, so that a cache can answer all other calls', async () => {
    const seen: string[] = [];
    answer = (req, res) => {
      seen.push(`${req.method} ${req.url} ${req.headers.authorization ?? 'without a token'}`);
      res.end('{"result":{"data":null}}');
    };
    const client = openClient();
    const { signal } = new AbortController();
    await client.getEvent('ev_1', signal);
    await client.getTime();
    expect(await client.getMyClaim('ev_1', signal)).toBeNull();
    expect(seen).toEqual([
      'GET /trpc/event.get?input=%7B%22eventId%22%3A%22ev_1%22%7D without a token',
      'GET /trpc/clock.get without a token',
      'GET /trpc/claim.mine?input=%7B%22eventId%22%3A%22ev_1%22%7D Bearer first',
    ]);
  });
});

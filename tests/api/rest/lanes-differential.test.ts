import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { originalPath, originalPathNames } from '../../../api/rest/claim-paths.ts';
import { createRandom, type Random } from '../random.ts';
import { sendRaw, type RawReply, type RawRequest } from '../raw-http.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { badTokens, userToken } from '../tokens.ts';

/**
 * Sends the same claims over REST to a server with the hot lane and to a server without it. The answers, and the calls
 * that reach core, must be the same.
 */

const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const generated = Number(process.env['DIFFERENTIAL_REQUESTS'] ?? 600);
const corsOrigins = ['https://shop.example', 'https://admin.example:8443'];

let hot: TestApi;
let stock: TestApi;
beforeAll(async () => {
  hot = await openTestApi({ corsOrigins, hotLane: true });
  stock = await openTestApi({ corsOrigins, hotLane: false });
});
afterAll(async () => {
  await hot[Symbol.asyncDispose]();
  await stock[Symbol.asyncDispose]();
});

describe('the hot lane and the general handler give the same answers to', () => {
  it.each(listed())('%s', async (_name, request) => {
    await expectTheSame(request);
  });

  it(`${generated} generated claims (DIFFERENTIAL_SEED=${seed})`, { timeout: 120_000 }, async () => {
    const random = createRandom(seed);
    const before = await served(hot, 'hot');
    for (let count = 0; count < generated; count += 1) await expectTheSame(generate(random));
    // The hot lane must have taken some requests. Otherwise the test would compare the general handler with itself.
    expect((await served(hot, 'hot')) - before).toBeGreaterThan(generated / 5);
    expect(await served(stock, 'hot')).toBe(0);
  });
});

async function expectTheSame(request: RawRequest): Promise<void> {
  const [fromHot, fromStock] = await Promise.all([sendRaw(hot.port, request), sendRaw(stock.port, request)]);
  const shown = { ...request, body: request.body.subarray(0, 200).toString('latin1') };
  expect({ shown, ...relevant(fromHot) }).toEqual({ shown, ...relevant(fromStock) });
  expect({ shown, submitted: hot.core.submitted.splice(0) }).toEqual({
    shown,
    submitted: stock.core.submitted.splice(0),
  });
}

/** The parts of a reply that must match: everything except the date and the headers that say where the body ends. */
function relevant(reply: RawReply) {
  if (reply === 'closed without an answer') return { status: reply };
  const { date: _date, 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = reply.headers;
  return { status: reply.status, headers, body: reply.body };
}

async function served(api: TestApi, lane: string): Promise<number> {
  const metric = await api.metrics.registry.getSingleMetric('firstcome_http_requests_total')?.get();
  const ofLane = (metric?.values ?? []).filter(({ labels }) => labels['lane'] === lane);
  return ofLane.reduce((sum, { value }) => sum + value, 0);
}

type Over = { method?: string; target?: string; token?: string | null; headers?: [string, string][]; body?: string };

function make({
  method = 'POST',
  target = claimsOf('open'),
  token = userToken('kim'),
  headers = [],
  body,
}: Over): RawRequest {
  return {
    method,
    target,
    headers: [
      ['Host', 'shop.example'],
      ...(token === null ? [] : [['Authorization', `Bearer ${token}`] as [string, string]]),
      ...headers,
      ...(body === undefined
        ? []
        : ([
            ['Content-Type', 'application/json'],
            ['Content-Length', String(Buffer.byteLength(body))],
          ] as [string, string][])),
    ],
    body: Buffer.from(body ?? ''),
  };
}

function claimsOf(eventId: string): string {
  return `/api/v1/events/${eventId}/claims`;
}

const eventIds = [
  ...[
    'open',
    'open',
    'open',
    'scheduled',
    'paused',
    'closed',
    'sold-out',
    'busy',
    'unavailable',
    'gate-lost',
    'broken',
  ],
  ...[
    'overloaded',
    'conflict',
    'forbidden',
    'nobody-knows-it',
    '__proto__',
    'x'.repeat(64),
    'x'.repeat(65),
    'a.b',
    'a%20b',
  ],
];
const bodies = [
  ...['', ' ', '{}', '{', 'null', '[]', '7', '"open"', '{"eventId":"open"}', '{"eventId":"open","userId":"lee"}'],
  ...['{"eventId":7}', '\ufeff{"eventId":"open"}', '{"__proto__":{"eventId":"open"}}', '{"eventId":"\\u006fpen"}'],
  ...[`{"eventId":"open","more":"${'x'.repeat(16_000)}"}`, `{"more":"${'x'.repeat(17_000)}"}`],
];
const otherHeaders: [string, string][] = [
  ['Accept', 'application/x-ndjson'],
  ['Accept', 'application/jsonl'],
  ['trpc-accept', 'application/jsonl'],
  ['Origin', 'https://shop.example'],
  ['Origin', 'https://elsewhere.example'],
  ['Authorization', `Bearer ${userToken('lee')}`],
  ['Host', 'elsewhere.example'],
  ['Idempotency-Key', 'x'],
  ['Content-Encoding', 'gzip'],
  ['Content-Length', '0'],
  ['X-Http-Method-Override', 'GET'],
  ['X-Large', 'x'.repeat(8_000)],
];

function listed(): [string, RawRequest][] {
  const named = (name: string, over: Over): [string, RawRequest] => [name.slice(0, 80), make(over)];
  return [
    ...eventIds.flatMap((id) => [
      named(`the path of event ${id}`, { target: claimsOf(id) }),
      named(`event ${id} at an original path`, {
        target: originalPath('stream'),
        body: JSON.stringify({ eventId: id }),
      }),
    ]),
    ...bodies.flatMap((body) => [
      named(`a body where none is needed: ${body}`, { body }),
      named(`a body at an original path: ${body}`, { target: originalPath('stream'), body }),
    ]),
    ...originalPathNames.map((name) =>
      named(`path ${name}`, { target: originalPath(name), body: '{"eventId":"open"}' }),
    ),
    ...Object.entries(badTokens()).flatMap(([name, token]) => [
      named(`token: ${name}`, { token }),
      named(`token: ${name}, with a body that is not JSON`, { token, target: originalPath('stream'), body: '{' }),
    ]),
    ...['operator', 'expired', 'unavailable'].map((key) => named(`API key ${key}`, { token: `fcfs_${key}` })),
    named('no token', { token: null }),
    ...otherHeaders.map((header) => named(`header ${header.join(': ')}`, { headers: [header] })),
    ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'post', 'TRACE'].map((method) =>
      named(`method ${method}`, { method }),
    ),
    ...['?', '?x=1', '/', '#x', '/mine/x', '%2F'].map((end) =>
      named(`path with ${end}`, { target: claimsOf('open') + end }),
    ),
    ...[
      '/api/v1/%65vents/open/claims',
      '/API/v1/events/open/claims',
      '/api//v1/events/open/claims',
      '/api',
      '/api/',
    ].map((target) => named(`path ${target}`, { target })),
    [
      'an empty body in chunks',
      { ...make({ headers: [['Transfer-Encoding', 'chunked']] }), body: Buffer.from('0\r\n\r\n') },
    ],
  ];
}

function generate(random: Random): RawRequest {
  const id = random.one(eventIds);
  const over: Over = random.chance(0.5)
    ? { target: claimsOf(id) }
    : { target: originalPath(random.one([...originalPathNames, 'stream'])), body: JSON.stringify({ eventId: id }) };
  over.token = userToken(`user-${random.below(20)}`);
  while (random.chance(0.35)) {
    if (random.chance(0.3)) over.body = random.one(bodies);
    else if (random.chance(0.3)) over.token = random.one([null, ...Object.values(badTokens())]);
    else if (random.chance(0.2)) over.method = random.one(['GET', 'PUT', 'HEAD']);
    else over.headers = [...(over.headers ?? []), random.one(otherHeaders)];
  }
  return make(over);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from './random.ts';
import { sendRaw, type RawReply, type RawRequest } from './raw-http.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { badTokens, userToken } from './tokens.ts';

/**
 * Sends the same requests to a server with the hot lane and to a server without it. The answers, and the calls that
 * reach core, must be the same.
 */

const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const generated = Number(process.env['DIFFERENTIAL_REQUESTS'] ?? 800);
const corsOrigins = ['https://shop.example', 'https://admin.example:8443'];

/**
 * The headers that matter to a client. Content-Length and Transfer-Encoding may differ, because they only say where the
 * body ends.
 */
const comparedHeaders = [
  'content-type',
  'vary',
  'retry-after',
  'www-authenticate',
  'allow',
  'cache-control',
  'connection',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
];

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

describe('the hot lane gives the same answers as tRPC’s own adapter', () => {
  it.each(listedRequests())('for %s', async (_name, request) => {
    await expectTheSame(request);
  });

  it('on a connection that stays open', async () => {
    const ask = async ({ url }: TestApi) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${userToken('kim')}` };
      const response = await fetch(`${url}/trpc/claim.submit`, {
        method: 'POST',
        headers,
        body: '{"eventId":"paused"}',
      });
      const kept = ['connection', 'keep-alive'].map((name) => response.headers.get(name));
      return { status: response.status, body: await response.text(), kept };
    };
    expect(await ask(hot)).toEqual(await ask(stock));
    expect(hot.core.submitted.splice(0)).toEqual(stock.core.submitted.splice(0));
  });

  it(`for ${generated} generated requests (DIFFERENTIAL_SEED=${seed})`, { timeout: 120_000 }, async () => {
    const random = createRandom(seed);
    const hotBefore = await servedByLane(hot, 'hot');
    for (let count = 0; count < generated; count += 1) await expectTheSame(generateRequest(random));
    // The hot lane must have taken some requests. Otherwise the test would compare tRPC's adapter with itself.
    expect((await servedByLane(hot, 'hot')) - hotBefore).toBeGreaterThan(generated / 5);
    expect(await servedByLane(stock, 'hot')).toBe(0);
  });
});

async function expectTheSame(request: RawRequest): Promise<void> {
  const [fromHot, fromStock] = await Promise.all([sendRaw(hot.port, request), sendRaw(stock.port, request)]);
  expect({ request: shown(request), ...relevant(fromHot) }).toEqual({
    request: shown(request),
    ...relevant(fromStock),
  });
  expect({ request: shown(request), submitted: hot.core.submitted.splice(0) }).toEqual({
    request: shown(request),
    submitted: stock.core.submitted.splice(0),
  });
}

function relevant(reply: RawReply) {
  if (reply === 'closed without an answer') return { status: reply };
  const headers = Object.fromEntries(
    comparedHeaders.flatMap((name) => {
      const values = reply.headers[name];
      return values === undefined ? [] : [[name, values]];
    }),
  );
  return { status: reply.status, headers, body: reply.body };
}

const shown = ({ method, target, headers, body }: RawRequest) => ({
  method,
  target: target.slice(0, 500),
  headers: headers.map(([name, value]) => `${name}: ${value.slice(0, 300)}`),
  body: body.subarray(0, 300).toString('latin1'),
});

async function servedByLane(api: TestApi, lane: 'hot' | 'stock'): Promise<number> {
  const metric = await api.metrics.registry.getSingleMetric('firstcome_http_requests_total')?.get();
  return (metric?.values ?? [])
    .filter(({ labels }) => labels['lane'] === lane)
    .reduce((sum, { value }) => sum + value, 0);
}

function makeRequest(over: {
  method?: string;
  target?: string;
  headers?: [string, string][];
  body?: string | Buffer;
  token?: string | null;
  contentType?: string | null;
  host?: string | null;
  length?: 'stated' | 'chunked' | 'none';
}): RawRequest {
  const content = Buffer.from(over.body ?? '{"eventId":"open"}');
  const length = over.length ?? 'stated';
  const token = over.token === undefined ? userToken('kim') : over.token;
  const contentType = over.contentType === undefined ? 'application/json' : over.contentType;
  const host = over.host === undefined ? 'shop.example:3000' : over.host;
  const body = {
    stated: content,
    chunked: Buffer.concat([
      ...(content.length === 0
        ? []
        : [Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]),
      Buffer.from('0\r\n\r\n'),
    ]),
    none: Buffer.alloc(0),
  }[length];
  return {
    method: over.method ?? 'POST',
    target: over.target ?? '/trpc/claim.submit',
    headers: [
      ...(host === null ? [] : [['Host', host] as [string, string]]),
      ...(contentType === null ? [] : [['Content-Type', contentType] as [string, string]]),
      ...(token === null ? [] : [['Authorization', `Bearer ${token}`] as [string, string]]),
      ...(length === 'stated' ? [['Content-Length', String(content.length)] as [string, string]] : []),
      ...(length === 'chunked' ? [['Transfer-Encoding', 'chunked'] as [string, string]] : []),
      ...(over.headers ?? []),
    ],
    body,
  };
}

const batchTarget = (calls: number): string =>
  `/trpc/${Array.from({ length: calls }, () => 'claim.submit').join(',')}?batch=1`;

const batchBody = (eventIds: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(eventIds.map((eventId, at) => [at, { eventId }])));

const eventIds = [
  ...['open', 'open', 'open', 'scheduled', 'paused', 'closed', 'sold-out', 'busy', 'unavailable', 'gate-lost'],
  ...['overloaded', 'conflict', 'broken', 'nobody-knows-it', '', 'with space', '__proto__', 'a{b}', 'x'.repeat(65)],
];

function badBodies(): string[] {
  return [
    '',
    ' ',
    'null',
    'true',
    '0',
    '"open"',
    '[]',
    '[{"eventId":"open"}]',
    '{}',
    '{',
    '{"eventId":}',
    "{'eventId':'open'}",
    '{"eventId":"open"} {"eventId":"open"}',
    '{"eventId":null}',
    '{"eventId":7}',
    '{"eventId":["open"]}',
    '{"eventId":{"eventId":"open"}}',
    '{"eventId":"open","userId":"lee","eventid":1}',
    '{"eventId":"closed","eventId":"open"}',
    '{"__proto__":{"eventId":"open"}}',
    '{"constructor":{"prototype":{"eventId":"open"}}}',
    '{"eventId":"open","__proto__":null,"constructor":1,"toString":2}',
    '{"0":{"eventId":"open"}}',
    '{"json":{"eventId":"open"}}',
    '{"eventId":"\\u006fpen"}',
    '{"eventId":"\\ud800"}',
    '{"eventId":"op\\u0000en"}',
    '\ufeff{"eventId":"open"}',
    '\ufeff',
    '\ufeff\ufeff{"eventId":"open"}',
    '\u00a0{"eventId":"open"}',
    `{"eventId":"open","more":"${'x'.repeat(16_000)}"}`,
    `{"eventId":"open","more":"${'x'.repeat(16_384 - 29)}"}`,
    `{"eventId":"open","more":"${'x'.repeat(16_385 - 29)}"}`,
    `{"eventId":"open","more":"${'x'.repeat(60_000)}"}`,
    `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
    ' '.repeat(5_000) + '{"eventId":"open"}',
    '{"eventId":"' + '\u{1f600}'.repeat(50) + '"}',
  ];
}

/** Bytes that are not UTF-8, in places that an answer would show. */
const oddBytes = [
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.concat([Buffer.from('{"eventId":"op'), Buffer.from([0xc3]), Buffer.from('en"}')]),
  Buffer.concat([Buffer.from('{"'), Buffer.from([0xf0, 0x9f, 0x98]), Buffer.from('":1}')]),
  Buffer.concat([Buffer.from([0xef, 0xbb]), Buffer.from('{"eventId":"open"}')]),
  Buffer.from('{"eventId":"open"}', 'utf16le'),
  Buffer.alloc(20),
];

const batchBodies = (calls: number): string[] => [
  batchBody(Array.from({ length: calls }, () => 'open')),
  batchBody(Array.from({ length: calls }, (_, at) => eventIds[at % eventIds.length] ?? 'open')),
  batchBody(['open']),
  '{"1":{"eventId":"open"}}',
  '{"0":null,"1":{"eventId":"open"}}',
  '{"0":"open","1":7,"2":[]}',
  '{"00":{"eventId":"open"},"-1":{"eventId":"open"},"1e0":{"eventId":"open"},"99":{"eventId":"open"}}',
  '{"length":2,"0":{"eventId":"open"}}',
  '[{"eventId":"open"},{"eventId":"paused"}]',
  '{"__proto__":{"0":{"eventId":"open"}}}',
  '{"0":{"__proto__":{"eventId":"open"}}}',
  '{}',
  'null',
  '7',
  '"0"',
  '[]',
  '',
  '{',
  '\ufeff{"0":{"eventId":"open"}}',
];

const targets = [
  '/trpc/claim.submit/',
  '/trpc//claim.submit',
  '/trpc/x/claim.submit',
  '/TRPC/claim.submit',
  '/trpc/Claim.Submit',
  '/trpc/claim%2Esubmit',
  '/trpc/claim.submit%2Cclaim.submit?batch=1',
  '/trpc/claim.submit?',
  '/trpc/claim.submit?batch',
  '/trpc/claim.submit?batch=0',
  '/trpc/claim.submit?batch=1&batch=0',
  '/trpc/claim.submit?batch=0&batch=1',
  '/trpc/claim.submit?batch=%31',
  '/trpc/claim.submit?x=1',
  '/trpc/claim.submit#x',
  '/trpc/claim.submit?connectionParams=%7B',
  '/trpc/claim.submit,claim.submit',
  '/trpc/claim.submit,?batch=1',
  '/trpc/,claim.submit?batch=1',
  '/trpc/claim.submit, claim.submit?batch=1',
  '/trpc/claim.submit,claim.mine?batch=1',
  '/trpc/claim.submit,nothing?batch=1',
  '/trpc/claim.submit,__proto__?batch=1',
  '/trpc/__proto__',
  '/trpc/constructor',
  '/trpc/claim',
  '/trpc/claim.submit.call',
  '/trpc/%zz',
  '/trpc/%E0%A4%A',
  '/trpc',
  '/trpc/',
  '/',
  'http://shop.example:3000/trpc/claim.submit',
  'http://elsewhere.example/trpc/claim.submit',
  '//trpc/claim.submit',
  `/trpc/claim.submit?x=${'x'.repeat(9_000)}`,
  batchTarget(11),
  batchTarget(20),
];

const hosts = [
  ...['shop.example', 'localhost:1', '127.0.0.1:65535', '127.0.0.1:65536', '127.0.0.1:', '[::1]:3000', '1.2.3.4.5'],
  ...[
    'user@shop.example',
    'user:pw@shop.example',
    'shop.example/x',
    'shop example',
    'shop.example?x',
    '',
    '..',
    'x..y',
  ],
  ...['xn--a', '0x7f.1', '%41', 'SHOP.example', 'a_b.example', '256.1.1.1', 'shop.example:abc', 'é.example', '-', '*'],
];

const contentTypes = [
  ...[
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json;',
    ' application/json ',
    'application/jsonl',
  ],
  ...[
    'text/plain',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '',
  ],
];

const otherHeaders: [string, string][] = [
  ['Accept', '*/*'],
  ['Accept', 'text/html, application/json;q=0.9'],
  ['Accept', 'application/jsonl'],
  ['Accept', 'text/plain, application/jsonl'],
  ['Accept', 'application/jsonl;q=1'],
  ['ACCEPT', 'APPLICATION/JSONL'],
  ['trpc-accept', 'application/jsonl'],
  ['trpc-accept', 'application/json'],
  ['Trpc-Accept', ''],
  ['Origin', 'https://shop.example'],
  ['Origin', 'https://admin.example:8443'],
  ['Origin', 'https://shop.example.evil.example'],
  ['Origin', 'HTTPS://SHOP.EXAMPLE'],
  ['Origin', 'null'],
  ['Origin', ''],
  ['Authorization', 'Bearer x'],
  ['Content-Type', 'text/plain'],
  ['Host', 'elsewhere.example'],
  ['Expect', '100-continue'],
  ['Upgrade', 'h2c'],
  ['Cookie', `session=${'x'.repeat(200)}`],
  ['Content-Encoding', 'gzip'],
  ['X-Http-Method-Override', 'GET'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['X-Odd', 'caf\xe9'],
  ['X-Large', 'x'.repeat(8_000)],
  ['X-Too-Large', 'x'.repeat(17_000)],
  ['Access-Control-Request-Method', 'POST'],
  ['Access-Control-Request-Headers', 'authorization,content-type'],
];

const schemes = ['bearer', 'BEARER', 'Basic', 'Bearer  ', 'Token', ''];

function listedRequests(): [string, RawRequest][] {
  const named = (name: string, over: Parameters<typeof makeRequest>[0]): [string, RawRequest] => [
    name,
    makeRequest(over),
  ];
  return [
    ...eventIds.map((eventId) => named(`event ${eventId}`, { body: JSON.stringify({ eventId }) })),
    ...badBodies().map((body) => named(`body ${body.slice(0, 40)} of ${body.length}`, { body })),
    ...oddBytes.map((body, at) => named(`bytes ${at}`, { body })),
    ...oddBytes.map((body, at) => named(`bytes ${at} in a batch`, { body, target: batchTarget(2) })),
    ...[1, 2, 3, 10].flatMap((calls) =>
      batchBodies(calls).map((body) =>
        named(`batch of ${calls}: ${body.slice(0, 40)}`, { target: batchTarget(calls), body }),
      ),
    ),
    ...targets.map((target) => named(`target ${target.slice(0, 60)}`, { target })),
    ...targets.map((target) =>
      named(`target ${target.slice(0, 60)} with a batch's body`, { target, body: batchBody(['open', 'open']) }),
    ),
    ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'post', 'TRACE'].flatMap((method) => [
      named(`method ${method}`, { method }),
      named(`method ${method} in a batch`, { method, target: batchTarget(2), body: batchBody(['open', 'open']) }),
    ]),
    ...hosts.map((host) => named(`host ${host}`, { host })),
    named('no host', { host: null }),
    ...contentTypes.map((contentType) => named(`content type ${contentType}`, { contentType })),
    named('no content type', { contentType: null }),
    ...otherHeaders.map((header) => named(`header ${header.join(': ').slice(0, 60)}`, { headers: [header] })),
    ...otherHeaders.map((header) =>
      named(`header ${header.join(': ').slice(0, 60)} in a batch`, {
        headers: [header],
        target: batchTarget(2),
        body: batchBody(['open', 'paused']),
      }),
    ),
    ...Object.entries(badTokens()).flatMap(([name, token]) => [
      named(`token: ${name}`, { token }),
      named(`token: ${name}, in a batch`, { token, target: batchTarget(2), body: batchBody(['open', 'open']) }),
    ]),
    ...schemes.map((scheme) =>
      named(`scheme ${scheme}`, { token: null, headers: [['Authorization', `${scheme} ${userToken('kim')}`]] }),
    ),
    ...['operator', 'expired', 'unavailable', '', 'x'.repeat(5_000)].flatMap((key) => [
      named(`API key ${key.slice(0, 20)}`, { token: `fcfs_${key}` }),
      named(`API key ${key.slice(0, 20)}, in a batch`, {
        token: `fcfs_${key}`,
        target: batchTarget(2),
        body: batchBody(['open', 'open']),
      }),
    ]),
    named('two origins', {
      headers: [
        ['Origin', corsOrigins[0] ?? ''],
        ['Origin', corsOrigins[1] ?? ''],
      ],
    }),
    named('the same origin twice', {
      headers: [
        ['Origin', corsOrigins[0] ?? ''],
        ['Origin', corsOrigins[0] ?? ''],
      ],
    }),
    named('two tokens', { headers: [['Authorization', `Bearer ${userToken('lee')}`]] }),
    named('no authorization', { token: null }),
    named('no authorization and a bad body', { token: null, body: '{' }),
    named('no authorization and a large body', { token: null, body: 'x'.repeat(20_000) }),
    named('chunked', { length: 'chunked' }),
    named('chunked and empty', { length: 'chunked', body: '' }),
    named('chunked and large', { length: 'chunked', body: 'x'.repeat(20_000) }),
    named('no body', { length: 'none' }),
    named('an odd length', { length: 'none', headers: [['Content-Length', '+0']] }),
    named('two lengths', { headers: [['Content-Length', '18']] }),
    named('a length with zeros', { length: 'none', headers: [['Content-Length', '000']] }),
  ];
}

function generateRequest(random: Random): RawRequest {
  const calls = random.chance(0.5) ? 0 : 1 + random.below(10);
  const ids = Array.from({ length: Math.max(1, calls) }, () => random.one(eventIds));
  const over: Parameters<typeof makeRequest>[0] = {
    target: calls === 0 ? '/trpc/claim.submit' : batchTarget(calls),
    body: calls === 0 ? JSON.stringify({ eventId: ids[0] }) : batchBody(ids),
    token: userToken(`user-${random.below(20)}`),
    headers: [],
  };
  // Usually one part of the request is odd, and sometimes several parts are.
  while (random.chance(0.6)) makeOdd(random, over, calls);
  return makeRequest(over);
}

function makeOdd(random: Random, over: Parameters<typeof makeRequest>[0], calls: number): void {
  switch (random.below(10)) {
    case 0:
    case 1:
      over.body = calls === 0 ? random.one(badBodies()) : random.one(batchBodies(calls));
      break;
    case 2:
      over.body = mangled(random, Buffer.from(over.body ?? ''));
      break;
    case 3:
      over.token = random.one(Object.values(badTokens()));
      break;
    case 4:
      over.target = random.one(targets);
      break;
    case 5:
      over.method = random.one(['GET', 'PUT', 'OPTIONS', 'HEAD']);
      break;
    case 6:
      over.contentType = random.one(contentTypes);
      break;
    case 7:
      over.host = random.one(hosts);
      break;
    case 8:
      over.length = random.one(['chunked', 'none', 'stated', 'stated']);
      break;
    default:
      over.headers = [...(over.headers ?? []), random.one(otherHeaders)];
  }
}

/** Returns the bytes after changing, cutting or adding some of them. */
function mangled(random: Random, body: Buffer): Buffer {
  const bytes = [...body];
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    bytes.splice(random.below(bytes.length + 1), random.below(3), ...(random.chance(0.6) ? [random.below(256)] : []));
  }
  return Buffer.from(bytes);
}

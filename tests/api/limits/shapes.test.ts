import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createLimits } from '../../../api/limits/limits.ts';
import { sendRaw, type RawReply } from '../raw-http.ts';
import { openTestApi, type TestApi } from '../test-server.ts';
import { userToken } from '../tokens.ts';

/** The limits apply to every shape of request: 10 claims and 40 reads for a user, 500 calls for an address. */

let nowMs: number;
let api: TestApi;

async function open(over: { addressCalls?: number; trustedProxies?: string[] } = {}): Promise<TestApi> {
  const limits = { addressCalls: 500, userClaims: 10, userReads: 40, ...over };
  const { trustedProxies = [] } = over;
  const opened: TestApi = await openTestApi({
    limits: createLimits(
      { limits, trustedProxies },
      (fact) => opened.metrics.observe.callsLimited(fact),
      () => nowMs,
    ),
  });
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

beforeEach(async () => {
  nowMs = 0;
  api = await open();
});

type Headers = [string, string][];
const host: Headers = [['Host', '127.0.0.1']];
const tokenOf = (user: string): Headers => [['Authorization', `Bearer ${userToken(user)}`]];

/** Sends a request, and returns the status of each of its calls. */
async function send(method: string, target: string, headers: Headers, body: unknown = undefined): Promise<number[]> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const ofBody: Headers =
    body === undefined
      ? []
      : [
          ['Content-Type', 'application/json'],
          ['Content-Length', String(text.length)],
        ];
  const reply = await sendRaw(api.port, {
    ...{ method, target },
    headers: [...host, ...headers, ...ofBody],
    body: Buffer.from(text),
  });
  return statusesOf(reply);
}

function statusesOf(reply: RawReply): number[] {
  if (reply === 'closed without an answer') throw new Error('There was no answer.');
  if (!reply.body.startsWith('[')) return [reply.status];
  const answers = JSON.parse(reply.body) as { error?: { data: { httpStatus: number } } }[];
  return answers.map(({ error }) => error?.data.httpStatus ?? 200);
}

const batchOf = (calls: number, input: object): object =>
  Object.fromEntries(Array.from({ length: calls }, (_, at) => [at, input]));
const times = (path: string, calls: number): string => Array.from({ length: calls }, () => path).join(',');

const open1 = { eventId: 'open' };
const claims: Record<string, { calls: number; send: (headers: Headers) => Promise<number[]> }> = {
  'a claim in the hot lane': { calls: 1, send: (headers) => send('POST', '/trpc/claim.submit', headers, open1) },
  'a batch of claims in the hot lane': {
    calls: 4,
    send: (headers) => send('POST', `/trpc/${times('claim.submit', 4)}?batch=1`, headers, batchOf(4, open1)),
  },
  'a claim under an odd URL': { calls: 1, send: (headers) => send('POST', '/trpc/claim.submit?x=1', headers, open1) },
  'a batch of claims under an odd URL': {
    calls: 4,
    send: (headers) => send('POST', `/trpc/${times('claim.submit', 4)}?x=1&batch=1`, headers, batchOf(4, open1)),
  },
  'a batch of claims under an escaped URL': {
    calls: 4,
    send: (headers) => send('POST', `/trpc/${times('claim.submit', 4)}?%62atch=1`, headers, batchOf(4, open1)),
  },
  'a claim over REST': { calls: 1, send: (headers) => send('POST', '/api/v1/events/open/claims', headers) },
  'a claim over REST under an odd URL': {
    calls: 1,
    send: (headers) => send('POST', '/api/v1/events/open/claims?x=1', headers),
  },
  'a claim over an original path': {
    calls: 1,
    send: (headers) => send('POST', '/api/v1/coupon/issue/stream', headers, open1),
  },
  'a claim with an odd header': {
    calls: 1,
    send: (headers) => send('POST', '/trpc/claim.submit', [...headers, ['Content-Type', 'application/json']], open1),
  },
};

const readsOf: Record<string, { calls: number; send: (headers: Headers) => Promise<number[]> }> = {
  'a read in the read lane': { calls: 1, send: (headers) => send('GET', '/trpc/clock.get', headers) },
  'a batch in the read lane': {
    calls: 3,
    send: (headers) =>
      send(
        'GET',
        `/trpc/${times('event.get', 3)}?batch=1&input=${[0, 1, 2].map((at) => `${at === 0 ? '%7B' : '%2C'}%22${at}%22%3A%7B%22eventId%22%3A%22open%22%7D`).join('')}%7D`,
        headers,
      ),
  },
  'a read under an odd URL': { calls: 1, send: (headers) => send('GET', '/trpc/clock.get?x=1', headers) },
  'a batch of reads under an odd URL': {
    calls: 3,
    send: (headers) => send('GET', `/trpc/${times('clock.get', 3)}?x=1&batch=1`, headers),
  },
  'a read over REST': { calls: 1, send: (headers) => send('GET', '/api/v1/clock', headers) },
};

/**
 * Sends requests until more than `max + calls` calls were made. Returns how many passed, how many were refused, and how
 * many were made.
 */
async function exhaust(max: number, calls: number, one: () => Promise<number[]>): Promise<Record<string, number>> {
  const statuses: number[] = [];
  while (statuses.length <= max + calls) statuses.push(...(await one()));
  const passed = statuses.filter((status) => status < 300).length;
  return { passed, refused: statuses.filter((status) => status === 429).length, all: statuses.length };
}

describe('a user may make ten claims in 2 s', () => {
  it.each(Object.entries(claims))('with %s', async (_name, { calls, send: one }) => {
    const { passed, refused, all } = await exhaust(10, calls, () => one(tokenOf('kim')));
    expect({ passed, refused }).toEqual({ passed: 10, refused: (all ?? 0) - 10 });
    expect(await one(tokenOf('lee'))).not.toContain(429);
  });

  it('with any mix of shapes, and no claim beyond these ten reaches core', async () => {
    for (const { send: one } of [...Object.values(claims), ...Object.values(claims)]) await one(tokenOf('kim'));
    expect(api.core.submitted).toHaveLength(10);
  });
});

describe('a user may make forty reads in 2 s', () => {
  it.each(Object.entries(readsOf))('with %s', async (_name, { calls, send: one }) => {
    const { passed, refused, all } = await exhaust(40, calls, () => one(tokenOf('kim')));
    expect({ passed, refused }).toEqual({ passed: 40, refused: (all ?? 0) - 40 });
    expect(await one(tokenOf('lee'))).not.toContain(429);
  });

  it('with calls that need a user, and with admin calls by a user without a role', async () => {
    const one = async () => [
      ...(await send('GET', '/trpc/claim.list', tokenOf('kim'))),
      ...(await send('GET', '/trpc/admin.event.list', tokenOf('kim'))),
    ];
    const statuses: number[] = [];
    while (statuses.length < 44) statuses.push(...(await one()));
    expect(statuses.slice(0, 40)).not.toContain(429);
    expect(new Set(statuses.slice(40))).toEqual(new Set([429]));
  });
});

describe('the limit on an address', () => {
  const bad: Headers = [['Authorization', 'Bearer nonsense']];

  it.each<[string, Headers, Record<string, { calls: number; send: (headers: Headers) => Promise<number[]> }>]>([
    ['without a token', [], readsOf],
    ['with a refused token', bad, { ...readsOf, ...claims }],
    ['with an unknown API key', [['Authorization', 'Bearer fcfs_nobody']], { ...readsOf, ...claims }],
  ])('applies to calls %s, in every shape', async (_name, headers, shapes) => {
    for (const [shape, { calls, send: one }] of Object.entries(shapes)) {
      api = await open({ addressCalls: 12 });
      const statuses: number[] = [];
      while (statuses.length < 12 + calls) statuses.push(...(await one(headers)));
      expect({ shape, first: statuses.slice(0, 12).includes(429) }).toEqual({ shape, first: false });
      expect({ shape, then: new Set(statuses.slice(12)) }).toEqual({ shape, then: new Set([429]) });
    }
  });

  it('does not stop a user with a valid token behind an address over its limit', async () => {
    api = await open({ addressCalls: 1 });
    await send('GET', '/trpc/clock.get', []);
    expect(await send('GET', '/trpc/clock.get', [])).toEqual([429]);
    expect(await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1)).toEqual([200]);
    expect(await send('GET', '/trpc/clock.get', tokenOf('kim'))).toEqual([200]);
  });

  it('counts calls to unknown procedures, calls with the wrong method, and calls with a refused API key', async () => {
    api = await open({ addressCalls: 3 });
    expect(await send('GET', '/trpc/nothing', [])).toEqual([404]);
    expect(await send('GET', '/trpc/claim.submit', [])).toEqual([405]);
    expect(await send('GET', '/trpc/admin.event.list', [['Authorization', 'Bearer fcfs_nobody']])).toEqual([401]);
    expect(await send('GET', '/trpc/admin.event.list', [['Authorization', 'Bearer fcfs_nobody']])).toEqual([429]);
    expect(await send('GET', '/trpc/nothing', [])).toEqual([429]);
    expect(await send('GET', '/trpc/admin.event.list', [['Authorization', 'Bearer fcfs_viewer']])).toEqual([200]);
  });

  it('does not count probes and preflights', async () => {
    api = await open({ addressCalls: 1 });
    await send('GET', '/trpc/clock.get', []);
    for (let time = 0; time < 5; time += 1) {
      expect(await send('GET', '/livez', [])).toEqual([200]);
      expect(await send('OPTIONS', '/trpc/claim.submit', [])).not.toEqual([429]);
    }
  });
});

describe('a call over a limit', () => {
  it('is not charged, so that a caller who keeps trying gets through', async () => {
    expect(
      await send('POST', `/trpc/${times('claim.submit', 10)}?batch=1`, tokenOf('kim'), batchOf(10, open1)),
    ).toEqual(Array.from({ length: 10 }, () => 200));
    for (let time = 0; time < 30; time += 1) {
      expect(await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1)).toEqual([429]);
    }
    // After 2 s, the ten calls are in the older bucket. A tenth of a window (0.2 s) later, one of them has faded out.
    nowMs = 2_200;
    expect(await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1)).toEqual([200]);
  });

  it('gets 429 `busy` with Retry-After, as a tRPC error or as a problem document', async () => {
    for (let time = 0; time < 10; time += 1) await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1);
    const ask = (target: string, body: string) =>
      fetch(`${api.url}${target}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${userToken('kim')}`, 'content-type': 'application/json' },
        ...(body !== '' && { body }),
      });
    const trpc = { data: { code: 'TOO_MANY_REQUESTS', reason: 'busy', problem: { code: 'over_limit' } } };
    for (const target of ['/trpc/claim.submit', '/trpc/claim.submit?x=1']) {
      const reply = await ask(target, JSON.stringify(open1));
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1']);
      expect(await reply.json()).toMatchObject({ error: { ...trpc, data: { ...trpc.data, path: 'claim.submit' } } });
    }
    for (const target of ['/api/v1/events/open/claims', '/api/v1/events/open/claims?x=1']) {
      const reply = await ask(target, '');
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1']);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(await reply.json()).toMatchObject({ status: 429, reason: 'busy', problem: { code: 'over_limit' } });
    }
  });

  it('is counted by limit and lane, and so is each call of a batch', async () => {
    for (let time = 0; time < 10; time += 1) await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1);
    await send('POST', `/trpc/${times('claim.submit', 4)}?batch=1`, tokenOf('kim'), batchOf(4, open1));
    await send('POST', `/trpc/${times('claim.submit', 3)}?x=1&batch=1`, tokenOf('kim'), batchOf(3, open1));
    const text = await api.metrics.registry.metrics();
    expect(text).toContain('firstcome_calls_limited_total{limit="user_claims",lane="hot"} 4');
    expect(text).toContain('firstcome_calls_limited_total{limit="user_claims",lane="stock"} 3');
    expect(text).toContain('firstcome_calls_limited_total{limit="address",lane="read"} 0');
  });

  it('is also refused if the answer is streamed, and claims nothing', async () => {
    for (let time = 0; time < 10; time += 1) await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1);
    const reply = await fetch(`${api.url}/trpc/${times('claim.submit', 2)}?batch=1`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${userToken('kim')}`, 'content-type': 'application/json' },
        'trpc-accept': 'application/jsonl',
      },
      body: JSON.stringify(batchOf(2, open1)),
    });
    expect((await reply.text()).split('"over_limit"')).toHaveLength(3);
    expect(api.core.submitted).toHaveLength(10);
  });

  it('is refused alone: calls of its batch that are within the limit pass', async () => {
    for (let time = 0; time < 8; time += 1) await send('POST', '/trpc/claim.submit', tokenOf('kim'), open1);
    const four = batchOf(4, open1);
    expect(await send('POST', `/trpc/${times('claim.submit', 4)}?batch=1`, tokenOf('kim'), four)).toEqual([
      ...[200, 200, 429, 429],
    ]);
    const mixed = await send('POST', `/trpc/${times('claim.submit', 2)}?x=1&batch=1`, tokenOf('kim'), four);
    expect(mixed).toEqual([429, 429]);
  });
});

describe('the answers to calls over a limit', () => {
  it('are all sent: paced if there are many, and at once when the server closes', async () => {
    api = await open({ addressCalls: 1 });
    await send('GET', '/trpc/clock.get', []);
    const refused = Array.from({ length: 200 }, (_, at) =>
      at % 2 === 0 ? send('GET', '/trpc/clock.get', []) : send('GET', '/trpc/clock.get?x=1', []),
    );
    await expect.poll(() => limitedCalls()).toBe(200);
    await api.api.close();
    expect(new Set((await Promise.all(refused)).flat())).toEqual(new Set([429]));
  });

  async function limitedCalls(): Promise<number> {
    const metric = await api.metrics.registry.getSingleMetric('firstcome_calls_limited_total')?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }
});

describe('an admin', () => {
  it('with a role is limited only in look-ups of single claims', async () => {
    const headers: Headers = [['Authorization', 'Bearer fcfs_viewer']];
    for (let time = 0; time < 70; time += 1)
      expect(await send('GET', '/trpc/admin.event.list', headers)).toEqual([200]);
    const find = `/trpc/admin.claim.find?input=${encodeURIComponent(JSON.stringify({ userId: 'kim' }))}`;
    const statuses: number[] = [];
    for (let time = 0; time < 62; time += 1) statuses.push(...(await send('GET', find, headers)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    expect(statuses.slice(60)).toEqual([429, 429]);
  });
});

describe('X-Forwarded-For', () => {
  const from = (address: string) => send('GET', '/trpc/clock.get', [['X-Forwarded-For', address]]);

  it('is ignored if the caller is not a trusted proxy', async () => {
    api = await open({ addressCalls: 2, trustedProxies: ['10.0.0.0/8'] });
    expect([...(await from('192.0.2.1')), ...(await from('192.0.2.2'))]).toEqual([200, 200]);
    expect(await from('192.0.2.3')).toEqual([429]);
  });

  it('gives the caller’s address if a trusted proxy wrote it, even if the client also wrote one', async () => {
    api = await open({ addressCalls: 1, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
    expect(await from('192.0.2.1')).toEqual([200]);
    expect(await from('198.51.100.7, 192.0.2.1')).toEqual([429]);
    expect(await from('192.0.2.1, 10.1.2.3')).toEqual([429]);
    expect(await from('192.0.2.2')).toEqual([200]);
    expect(await from('192.0.2.2:4711')).toEqual([429]);
  });

  it('counts an IPv6 /64 as one address', async () => {
    api = await open({ addressCalls: 1, trustedProxies: ['127.0.0.1'] });
    expect(await from('2001:db8:1:2::1')).toEqual([200]);
    expect(await from('2001:db8:1:2:ffff:ffff:ffff:ffff')).toEqual([429]);
    expect(await from('[2001:db8:1:2::9]:4711')).toEqual([429]);
    expect(await from('2001:db8:1:3::1')).toEqual([200]);
  });
});

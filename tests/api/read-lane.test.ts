import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { sendRaw, type RawRequest } from './raw-http.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { userToken } from './tokens.ts';

/** The same questions to a server with the lane and to one without: what comes back must be the same. */

const corsOrigins = ['https://shop.example'];
let lane: TestApi;
let stock: TestApi;

beforeAll(async () => {
  lane = await openTestApi({ corsOrigins });
  stock = await openTestApi({ corsOrigins, hotLane: false });
});

afterAll(async () => {
  await lane[Symbol.asyncDispose]();
  await stock[Symbol.asyncDispose]();
});

const targetOf = (eventId: string): string =>
  `/trpc/event.get?input=${encodeURIComponent(JSON.stringify({ eventId }))}`;

const get = (target: string, headers: [string, string][] = [], host: [string, string][] = [['Host', 'shop.example']]) =>
  ({ method: 'GET', target, headers: [...host, ...headers], body: Buffer.alloc(0) }) satisfies RawRequest;

async function answers(request: RawRequest) {
  const [fromLane, fromStock] = await Promise.all([sendRaw(lane.port, request), sendRaw(stock.port, request)]);
  const shown = (reply: typeof fromLane) => {
    if (reply === 'closed without an answer') return reply;
    const { date: _date, 'content-length': _length, 'transfer-encoding': _chunked, ...headers } = reply.headers;
    return { status: reply.status, headers, body: reply.body };
  };
  return { fromLane: shown(fromLane), fromStock: shown(fromStock) };
}

async function served(api: TestApi, name: 'hot' | 'stock'): Promise<number> {
  const metric = await api.metrics.registry.getSingleMetric('firstcome_http_requests_total')?.get();
  const ofLane = (metric?.values ?? []).filter(({ labels }) => labels['lane'] === name);
  return ofLane.reduce((sum, { value }) => sum + value, 0);
}

const eventIds = [
  ...[
    'open',
    'scheduled',
    'paused',
    'closed',
    'sold-out',
    'busy',
    'unavailable',
    'gate-lost',
    'overloaded',
    'conflict',
  ],
  ...['broken', 'nobody-knows-it', '', 'with space', '__proto__', 'x'.repeat(64), 'x'.repeat(65)],
];
const headerSets: [string, string][][] = [
  [],
  [['Origin', 'https://shop.example']],
  [['Origin', 'https://elsewhere.example']],
  [['Accept', 'text/html, */*']],
  [['Accept', 'application/jsonl']],
  [['trpc-accept', 'application/jsonl']],
  [['Content-Type', 'application/json']],
  [['Authorization', `Bearer ${userToken('kim')}`]],
  [['Authorization', 'Bearer nonsense']],
];

describe('open pages get from the lane what the stock adapter answers', () => {
  it.each(eventIds)('event.get of %j', async (eventId) => {
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get(targetOf(eventId), headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
  });

  it('clock.get', async () => {
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get('/trpc/clock.get', headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
  });

  it.each([
    ['an unescaped input', '/trpc/event.get?input={"eventId":"open"}'],
    ['a batch', '/trpc/event.get,event.get?batch=1&input=%7B%7D'],
    ['a batch of one', `/trpc/event.get?batch=1&input=${encodeURIComponent('{"0":{"eventId":"open"}}')}`],
    ['no input', '/trpc/event.get'],
    ['something behind it', `${targetOf('open')}&x=1`],
    ['a field twice', `/trpc/event.get?input=${encodeURIComponent('{"eventId":"closed","eventId":"open"}')}`],
  ])('%s', async (_name, target) => {
    const { fromLane, fromStock } = await answers(get(target));
    expect(fromLane).toEqual(fromStock);
  });

  it.each([
    ['no host', []],
    ['two hosts', [['Host', 'a.example'] as [string, string], ['Host', 'b.example'] as [string, string]]],
    ['a host that is none', [['Host', 'a b'] as [string, string]]],
  ])('%s', async (_name, host: [string, string][]) => {
    const { fromLane, fromStock } = await answers(get(targetOf('open'), [], host));
    expect(fromLane).toEqual(fromStock);
  });

  it('and the plain question does take the lane', async () => {
    const before = await served(lane, 'hot');
    await answers(get(targetOf('open')));
    await answers(get('/trpc/clock.get'));
    expect(await served(lane, 'hot')).toBe(before + 2);
    expect(await served(stock, 'hot')).toBe(0);
  });
});

it('a cache may keep what everybody is told of an event for a second, and nothing else', async () => {
  const caching = async (target: string) => {
    const { fromLane } = await answers(get(target));
    return fromLane === 'closed without an answer' ? fromLane : fromLane.headers['cache-control'];
  };
  expect(await caching(targetOf('open'))).toEqual(['public, max-age=1']);
  for (const target of [
    targetOf('nobody-knows-it'),
    targetOf('unavailable'),
    '/trpc/clock.get',
    '/trpc/event.list',
    `/trpc/event.get,event.get?batch=1&input=${encodeURIComponent('{"0":{"eventId":"open"},"1":{"eventId":"open"}}')}`,
  ]) {
    expect([target, await caching(target)]).toEqual([target, ['no-store']]);
  }
});

it('a question that has arrived is answered while the server closes', async () => {
  const waiting = Promise.withResolvers<void>();
  let asked = 0;
  const api = await openTestApi();
  const { get: see } = api.core.events;
  api.core.events.get = async (eventId) => {
    asked += 1;
    await waiting.promise;
    return see(eventId);
  };
  await using slow = await openTestApi({ events: api.core.events });
  const reply = sendRaw(slow.port, get(targetOf('open')));
  await waitFor(() => asked === 1, { what: 'the question to arrive' });
  const closing = slow.api.close();
  waiting.resolve();
  expect(await reply).toMatchObject({ status: 200, headers: { connection: ['close'] } });
  await closing;
  await api[Symbol.asyncDispose]();
});

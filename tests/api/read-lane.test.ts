import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../core/runtime/fault.ts';
import { waitFor } from '../support/wait-for.ts';
import { createInMemoryCore } from './in-memory.ts';
import { sendRaw, type RawRequest } from './raw-http.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { userToken } from './tokens.ts';

/** Sends the same queries to a server with the read lane and to a server without it. The answers must be the same. */

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

async function answers(request: RawRequest, servers = { lane, stock }) {
  const [fromLane, fromStock] = await Promise.all([
    sendRaw(servers.lane.port, request),
    sendRaw(servers.stock.port, request),
  ]);
  const shown = (reply: typeof fromLane) => {
    if (reply === 'closed without an answer') return reply;
    const { date: _date, 'content-length': _length, 'transfer-encoding': _chunked, ...headers } = reply.headers;
    return { status: reply.status, headers, body: reply.body };
  };
  return { fromLane: shown(fromLane), fromStock: shown(fromStock) };
}

async function served(api: TestApi, name: 'read' | 'stock'): Promise<number> {
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

const batchOf = (inputs: object, paths: string[] = Object.keys(inputs).map(() => 'event.get')): string =>
  `/trpc/${paths.join(',')}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
const batchFor = (...ids: string[]): string => batchOf({ ...ids.map((eventId) => ({ eventId })) });

describe('the read lane gives the same answer as tRPC’s own adapter to a batch of event.get', () => {
  it.each([
    ['with one call', ['open']],
    ['in which every event exists', ['open', 'scheduled', 'paused', 'closed', 'sold-out']],
    ['in which no event exists', ['nobody-knows-it', 'x'.repeat(64), 'constructor', 'toString']],
    ['in which some events exist', ['open', 'nobody-knows-it', 'paused']],
    ['entirely beyond the budget for unknown ids', Array.from({ length: 10 }, () => 'busy')],
    ['partly beyond the budget for unknown ids', ['open', 'busy', 'nobody-knows-it']],
    [
      'whose calls fail in every way',
      ['busy', 'unavailable', 'gate-lost', 'overloaded', 'forbidden', 'conflict', 'broken'],
    ],
    ['that asks for an event twice', ['open', 'open', 'nobody-knows-it', 'nobody-knows-it']],
  ])('%s', async (_name, ids) => {
    const before = await served(lane, 'read');
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get(batchFor(...ids), headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
    // The lane leaves three of these sets of headers to tRPC's own adapter: the two that accept JSON lines, and the one
    // with a content type.
    expect(await served(lane, 'read')).toBe(before + headerSets.length - 3);
  });
});

describe('the read lane leaves a batch to tRPC’s own adapter if the batch comes', () => {
  const open = { eventId: 'open' };
  it.each([
    ['with a different procedure in it', batchOf({ 0: open, 1: {} }, ['event.get', 'event.list'])],
    ['with a mutation in it', batchOf({ 0: open, 1: open }, ['event.get', 'claim.submit'])],
    ['with an admin procedure in it', batchOf({ 0: open, 1: open }, ['event.get', 'admin.event.get'])],
    ['with an unknown procedure', batchOf({ 0: open, 1: open }, ['event.get', 'event.got'])],
    ['with more calls than are allowed', batchFor(...Array.from({ length: 11 }, () => 'open'))],
    ['with more calls than inputs', batchOf({ 0: open }, ['event.get', 'event.get'])],
    ['with fewer calls than inputs', batchOf({ 0: open, 1: open }, ['event.get'])],
    ['with inputs that leave a call out', batchOf({ 0: open, 2: open })],
    [
      'with inputs in a different order',
      `/trpc/event.get,event.get?batch=1&input=${encodeURIComponent('{"1":{"eventId":"paused"},"0":{"eventId":"open"}}')}`,
    ],
    [
      'with inputs that name a call twice',
      `/trpc/event.get,event.get?batch=1&input=${encodeURIComponent('{"0":{"eventId":"paused"},"0":{"eventId":"open"}}')}`,
    ],
    ['with a list as inputs', batchOf([open, open])],
    ['without inputs', '/trpc/event.get,event.get?batch=1'],
    ['with an empty input', '/trpc/event.get,event.get?batch=1&input='],
    ['with an input that is not JSON', '/trpc/event.get,event.get?batch=1&input=%7B%220%22%3A'],
    ['with an invalid escape', `${batchFor('open', 'paused')}%`],
    ['with an invalid id', batchFor('open', 'with space')],
    ['with an id that is too long', batchFor('x'.repeat(65), 'open')],
    ['with an id that is not text', batchOf({ 0: open, 1: { eventId: 7 } })],
    ['with an additional field', batchOf({ 0: { eventId: 'open', more: 1 }, 1: open })],
    ['with something after the input', `${batchFor('open', 'paused')}&x=1`],
    ['with batch=1 twice', batchFor('open', 'paused').replace('batch=1', 'batch=1&batch=1')],
    ['without batch=1', batchFor('open', 'paused').replace('batch=1&', '')],
    ['with a different value of batch', batchFor('open', 'paused').replace('batch=1', 'batch=true')],
    ['with an empty call', batchFor('open', 'paused').replace(',', ',,')],
    ['with escaped commas', batchFor('open', 'paused').replace(',', '%2C')],
  ])('%s', async (_name, target) => {
    const before = await served(lane, 'read');
    const { fromLane, fromStock } = await answers(get(target));
    expect(fromLane).toEqual(fromStock);
    expect(await served(lane, 'read')).toBe(before);
  });
});

describe('the read lane gives open pages the same answer as tRPC’s own adapter', () => {
  it.each(eventIds)('for event.get of %j', async (eventId) => {
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get(targetOf(eventId), headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
  });

  it('for clock.get', async () => {
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get('/trpc/clock.get', headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
  });

  it.each([
    '/trpc/event.list',
    '/trpc/event.list?input=%7B%7D',
    '/trpc/event.list?batch=1&input=%7B%7D',
    '/trpc/event.list?batch=1&input=%7B%220%22%3A%7B%7D%7D',
    '/trpc/event.list?input=%7B%22x%22%3A1%7D',
    '/trpc/event.list?input=',
    '/trpc/event.list?batch=1',
    '/trpc/event.list?',
  ])('for event.list, asked as %s', async (target) => {
    for (const headers of headerSets) {
      const { fromLane, fromStock } = await answers(get(target, headers));
      expect({ headers, answer: fromLane }).toEqual({ headers, answer: fromStock });
    }
  });

  it.each(['single', 'batch'])('for event.list if it fails (%s)', async (form) => {
    const { events } = createInMemoryCore();
    const failing = { ...events, list: () => Promise.reject(new Fault('unavailable', 'MySQL is down on purpose.')) };
    await using brokenLane = await openTestApi({ events: failing });
    await using brokenStock = await openTestApi({ events: failing, hotLane: false });
    const target = form === 'single' ? '/trpc/event.list' : '/trpc/event.list?batch=1&input=%7B%7D';
    const { fromLane, fromStock } = await answers(get(target), { lane: brokenLane, stock: brokenStock });
    expect(fromLane).toEqual(fromStock);
    expect(fromLane).toMatchObject({ status: 503, headers: { 'retry-after': ['1'] } });
  });

  it.each([
    ['an unescaped input', '/trpc/event.get?input={"eventId":"open"}'],
    ['no input', '/trpc/event.get'],
    ['something after the input', `${targetOf('open')}&x=1`],
    ['a field twice', `/trpc/event.get?input=${encodeURIComponent('{"eventId":"closed","eventId":"open"}')}`],
  ])('with %s', async (_name, target) => {
    const { fromLane, fromStock } = await answers(get(target));
    expect(fromLane).toEqual(fromStock);
  });

  it.each([
    ['no host', []],
    ['two hosts', [['Host', 'a.example'] as [string, string], ['Host', 'b.example'] as [string, string]]],
    ['an invalid host', [['Host', 'a b'] as [string, string]]],
  ])('with %s', async (_name, host: [string, string][]) => {
    const { fromLane, fromStock } = await answers(get(targetOf('open'), [], host));
    expect(fromLane).toEqual(fromStock);
  });

  it('and counts the plain queries as its own, so tRPC’s adapter did not answer them', async () => {
    const before = await served(lane, 'read');
    await answers(get(targetOf('open')));
    await answers(get('/trpc/clock.get'));
    await answers(get('/trpc/event.list'));
    await answers(get('/trpc/event.list?input=%7B%7D'));
    await answers(get('/trpc/event.list?batch=1&input=%7B%220%22%3A%7B%7D%7D'));
    expect(await served(lane, 'read')).toBe(before + 5);
    expect(await served(stock, 'read')).toBe(0);
  });
});

it('a cache may keep the public answer about an event for a second, and no other answer', async () => {
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

it('the server serializes the event list once for as long as core caches it', async () => {
  const { events } = createInMemoryCore();
  const remembered = await events.list();
  let clockMs = 1_000;
  const clock = { nowMs: () => (clockMs += 1) };
  await using api = await openTestApi({ clock, events: { ...events, list: () => Promise.resolve(remembered) } });
  const bodies = new Set<string>();
  for (let asked = 0; asked < 3; asked += 1) {
    const reply = await sendRaw(api.port, get('/trpc/event.list'));
    if (reply !== 'closed without an answer') bodies.add(reply.body);
  }
  // The answer still shows the time at which its text was made.
  expect(bodies.size).toBe(1);
});

it('a query that arrives before the server closes is still answered', async () => {
  const { events } = createInMemoryCore();
  const held = Promise.withResolvers<void>();
  let asked = 0;
  const see = async (eventId: string) => {
    asked += 1;
    await held.promise;
    return events.get(eventId);
  };
  await using slow = await openTestApi({ events: { ...events, get: see } });
  const reply = sendRaw(slow.port, get(targetOf('open')));
  await waitFor(() => asked === 1, { what: 'the query to arrive' });
  const closing = slow.api.close();
  await waitFor(() => !slow.api.server.listening, { what: 'the server to accept no more connections' });
  held.resolve();
  expect(await reply).toMatchObject({ status: 200, headers: { connection: ['close'] } });
  await closing;
});

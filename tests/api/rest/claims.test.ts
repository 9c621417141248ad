import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { originalPath, originalPathNames, originalPaths } from '../../../api/rest/claim-paths.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openRealApi, type RealApi } from '../real-server.ts';
import { userToken } from '../tokens.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const iso: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const code: unknown = expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
const inMs = (ms: number): string => new Date(api.platform.clock.nowMs() + ms).toISOString();

async function create(over: Record<string, unknown> = {}): Promise<string> {
  const input = { name: 'Spring sale', amount: 10_000, stock: 3, opensAt: inMs(300), ...over };
  const { data, status } = await api.admin('operator').mutate('admin.event.create', input);
  expect(status).toBe(200);
  return (data as { id: string }).id;
}

async function createOpen(over: Record<string, unknown> = {}): Promise<string> {
  const eventId = await create(over);
  const phase = async () => ((await api.anyone.query('event.get', { eventId })).data as { phase: string }).phase;
  await waitFor(async () => (await phase()) === 'open', { what: 'the opening' });
  return eventId;
}

const change = (name: string, eventId: string) => api.admin('operator').mutate(`admin.event.${name}`, { eventId });

type Answer = { status: number; contentType: string | null; retryAfter: string | null; body: Record<string, unknown> };

async function post(path: string, user: string, body?: unknown): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${userToken(user)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

const claim = (eventId: string, user: string) => post(`/api/v1/events/${eventId}/claims`, user);

describe('POST /api/v1/events/{eventId}/claims', () => {
  it('answers 201 to the first call, and 200 with the same claim to a repeated call', async () => {
    const eventId = await createOpen();
    const first = await claim(eventId, 'kim');
    expect(first).toEqual({
      ...{ status: 201, contentType: 'application/json', retryAfter: null },
      body: { status: 'issued', serial: 1, code, claimedAt: iso, round: 1, replayed: false },
    });
    expect(await claim(eventId, 'kim')).toEqual({ ...first, status: 200, body: { ...first.body, replayed: true } });
    const byTrpc = await api.user('kim').mutate('claim.submit', { eventId });
    expect(byTrpc.data).toEqual({ ...first.body, replayed: true });
  });

  it('answers 409 before the opening, and says how long to wait', async () => {
    const opensAt = inMs(3_600_000);
    const { status, retryAfter, body } = await claim(await create({ opensAt }), 'kim');
    expect({ status, body }).toEqual({ status: 409, body: { status: 'not_open', opensAt, serverTime: iso } });
    const wait = (Date.parse(opensAt) - Date.parse(String(body['serverTime']))) / 1_000;
    expect(Number(retryAfter)).toBe(Math.ceil(wait));
  });

  it('answers 409 while the event is paused and 410 once the event is closed or sold out, but still 200 to a winner', async () => {
    const eventId = await createOpen({ stock: 1 });
    await claim(eventId, 'kim');
    expect(await claim(eventId, 'lee')).toMatchObject({ status: 410, retryAfter: null, body: { status: 'sold_out' } });
    await change('pause', eventId);
    expect(await claim(eventId, 'lee')).toMatchObject({ status: 409, retryAfter: null, body: { status: 'paused' } });
    await change('close', eventId);
    expect(await claim(eventId, 'lee')).toMatchObject({ status: 410, retryAfter: null, body: { status: 'closed' } });
    expect(await claim(eventId, 'kim')).toMatchObject({ status: 200, body: { serial: 1, replayed: true } });
  });

  it('answers 404 for an event that does not exist', async () => {
    expect(await claim('nobody-knows-it', 'kim')).toMatchObject({
      ...{ status: 404, contentType: 'application/problem+json' },
      body: { status: 404, title: 'Not Found', detail: expect.any(String) as unknown, reason: 'not_found', issues: [] },
    });
  });
});

describe.each(originalPathNames)('POST /api/v1/coupon/issue/%s', (name) => {
  const strategy = originalPaths[name];

  it(`takes claims of an event with ${strategy}, and gives the same answers as the general path`, async () => {
    const eventId = await createOpen({ strategy, stock: 1 });
    const first = await post(originalPath(name), 'kim', { eventId });
    expect(first).toMatchObject({ status: 201, body: { status: 'issued', serial: 1, code, replayed: false } });
    expect(await claim(eventId, 'kim')).toEqual({ ...first, status: 200, body: { ...first.body, replayed: true } });
    expect(await post(originalPath(name), 'lee', { eventId })).toMatchObject({
      ...{ status: 410, body: { status: 'sold_out' } },
    });
  });

  it('refuses an event with a different strategy, names both strategies, and decides nothing', async () => {
    const other = strategy === 'redis-stream' ? 'db-lock' : 'redis-stream';
    const eventId = await createOpen({ strategy: other });
    // Asks twice, because the server remembers the strategy after the first request.
    for (const user of ['kim', 'lee']) {
      expect(await post(originalPath(name), user, { eventId })).toMatchObject({
        ...{ status: 409, contentType: 'application/problem+json' },
        body: { status: 409, reason: 'strategy_mismatch', eventStrategy: other, pathStrategy: strategy },
      });
      expect((await api.user(user).query('claim.mine', { eventId })).data).toBeNull();
    }
    expect(await claim(eventId, 'kim')).toMatchObject({ status: 201, body: { serial: 1 } });
  });

  it('answers 404 for an event that does not exist, and 400 without an event id', async () => {
    expect((await post(originalPath(name), 'kim', { eventId: 'nobody-knows-it' })).status).toBe(404);
    expect(await post(originalPath(name), 'kim', {})).toMatchObject({
      ...{ status: 400, body: { reason: 'bad_request', issues: [{ path: ['eventId'] }] } },
    });
  });
});

it('the new strategy’s path takes the claims if the strategy changes before the opening', async () => {
  const eventId = await create({ strategy: 'redis-counter', opensAt: inMs(3_600_000) });
  expect((await post(originalPath('ratelimit'), 'kim', { eventId })).body).toMatchObject({ status: 'not_open' });
  const { status } = await api.admin('operator').mutate('admin.event.update', { eventId, strategy: 'db-lock' });
  expect(status).toBe(200);
  await waitFor(
    async () => (await post(originalPath('pessimistic'), 'kim', { eventId })).body['status'] === 'not_open',
    {
      what: 'the new strategy',
    },
  );
  await waitFor(
    async () => (await post(originalPath('ratelimit'), 'kim', { eventId })).body['reason'] === 'strategy_mismatch',
    { what: 'the old strategy’s path to refuse' },
  );
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealApi, type RealApi } from './real-server.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const named = { confirm: 'Unchanged' };
const good = { name: 'Spring sale', amount: 10_000, stock: 100, opensAt: '2099-09-01T10:00:00+09:00' };

describe('admin.event.create refuses', () => {
  const noDate = [
    '',
    'tomorrow',
    '2099-09-01',
    '10:00',
    '2099-02-30T10:00:00Z',
    '2099-09-01T25:00:00Z',
    '9'.repeat(65),
  ];
  it.each<[string, string, unknown[]]>([
    [
      'stock',
      'whole number of coupons from 1 to 100000000',
      [0, -1, 1.5, 100_000_001, '5', null, undefined, 1e300, [5], true],
    ],
    ['amount', 'from 1 to 1000000000000', [0, -5, 0.5, 1_000_000_000_001, '10000', null, undefined, {}]],
    [
      'name',
      '1 to 200 characters',
      ['', 'x'.repeat(201), '🎉'.repeat(201), 'x'.repeat(5_000), 7, null, undefined, ['x']],
    ],
    ['name', 'blank', [' ', '\u3000', '\u00a0\u2003']],
    ['name', 'control characters', ['a\nb', 'a\u0000b', '\u001b[31mred']],
    ['name', 'surrogate', ['\ud83c', 'x\udf89']],
    ['description', 'at most 5000 characters', ['x'.repeat(5_001), 7, null]],
    ['currency', 'such as KRW', ['krw', 'WON ', 'KR', 'KRWX', '', '₩₩₩', 7, null]],
    ['currency', 'Did you mean KRW?', ['WON', 'won', '원', 'krw', 'KWR']],
    ['currency', 'Did you mean JPY?', ['YEN', '엔']],
    ['currency', 'ISO 4217', ['XAU', 'ZZZ', 'BGN']],
    ['strategy', 'must be one of', ['fastest', '', 7, null, '__proto__', 'unsafe']],
    ['timeZone', 'IANA', ['Asia/Atlantis', '+09:00', '', 7]],
    ['imageUrl', 'begins with https://', ['', '/autumn.png', 'javascript:alert(1)', 'data:image/png;base64,AA']],
    ['imageUrl', 'URL', [7, `https://shop.example/${'x'.repeat(2_000)}`]],
    ['useUrl', 'localhost', ['http://shop.example']],
    ['useUrl', 'password', ['https://kim:secret@shop.example']],
    ['imageAlt', '1 to 500 characters', ['', 'x'.repeat(501), 7]],
    ['imageAlt', 'control characters', ['a\nb']],
    ['terms', '1 to 5000 characters', ['', 'x'.repeat(5_001), 7]],
    ['terms', 'NUL', ['a\0b']],
    ['validUntil', 'date', [...noDate, 4_000_000_000_000]],
    ['validUntil', 'needs an offset', ['2100-01-01T00:00:00']],
    ['validUntil', 'after opensAt', ['2099-09-01T10:00:00+09:00', '2098-01-01T00:00:00Z']],
    ['theme', 'must be an object', ['red', 7, [], '{"accentColor":"#d6291e"}']],
    ['listed', 'true or false', ['yes', 1, null]],
    ['requestId', '1 to 128', ['', 'a b', 'é', 'x'.repeat(129)]],
    ['opensAt', 'date', [...noDate, 4_000_000_000_000, null, undefined]],
    ['opensAt', 'needs an offset', ['2099-09-01T10:00:00']],
    ['opensAt', 'is in the past', ['2020-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z']],
    ['closesAt', 'date', [...noDate, 4_000_000_000_000]],
    ['closesAt', 'after opensAt', ['2099-09-01T10:00:00+09:00', '2099-09-01T01:00:00Z', '2098-01-01T00:00:00Z']],
    ['closeAt', 'not a field', ['2099-09-02T10:00:00+09:00']],
    ['__proto__x', 'not a field', [{}]],
  ])('a wrong %s, which must be or have: %s', async (field, reason, values) => {
    for (const value of values) {
      const reply = await api.admin('operator').mutate('admin.event.create', { ...good, [field]: value });
      expect({ value, reply }).toMatchObject({
        value,
        reply: { status: 400, error: { code: -32600, data: { code: 'BAD_REQUEST', path: 'admin.event.create' } } },
      });
      const issues = reply.error?.data.issues ?? [];
      expect({ value, issues }).toEqual({
        value,
        issues: [
          {
            path: [field],
            message: expect.stringContaining(reason) as unknown,
            code: expect.stringMatching(/^[a-z0-9_]+$/) as unknown,
            params: expect.any(Object) as unknown,
          },
        ],
      });
      expect(reply.error?.message).toContain(field);
    }
  });

  it('local times that don’t exist or occur twice in their zone', async () => {
    for (const [opensAt, reason] of [
      ['2099-03-29T02:30:00', 'does not exist'],
      ['2099-10-25T02:30:00', 'happens twice'],
    ] as const) {
      const reply = await api
        .admin('operator')
        .mutate('admin.event.create', { ...good, opensAt, timeZone: 'Europe/Berlin' });
      expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: ['opensAt'] }] } } });
      expect(reply.error?.message).toContain(reason);
    }
  });

  it('an input with several errors, and names all of them', async () => {
    const reply = await api.admin('operator').mutate('admin.event.create', { name: '', amount: 0, stock: 0 });
    const fields = reply.error?.data.issues?.map(({ path }) => path.join('.'));
    expect(fields?.toSorted()).toEqual(['amount', 'name', 'opensAt', 'stock']);
  });

  it('an input with wrong fields and with times that break a rule, and names all of them', async () => {
    const wrong = {
      ...{ name: ' ', amount: '5', stock: 10, color: 'red', timeZone: 'Asia/Atlantis' },
      ...{ opensAt: '2020-01-01T10:00:00Z', closesAt: '2019-01-01T10:00:00Z', validUntil: '2018-01-01T10:00:00Z' },
    };
    const reply = await api.admin('operator').mutate('admin.event.create', wrong);
    const told = Object.fromEntries((reply.error?.data.issues ?? []).map(({ path, code }) => [path.join('.'), code]));
    expect(told).toEqual({
      ...{ name: 'blank', amount: 'whole_number', color: 'unknown_field', timeZone: 'time_zone' },
      ...{ opensAt: 'time_past', closesAt: 'time_after', validUntil: 'time_after' },
    });
    expect(reply.error?.data.problem).toEqual({ code: 'invalid_input', params: {} });
  });

  it('a change that breaks several rules, and names all of them', async () => {
    const eventId = await someEvent();
    const change = {
      currency: 'WON',
      confirm: 'Another sale',
      opensAt: '2020-01-01T10:00:00Z',
      closesAt: '2019-01-01T00:00:00Z',
    };
    const fields = async (input: object) =>
      (await api.admin('operator').mutate('admin.event.update', { eventId, ...input })).error?.data.issues?.map(
        ({ path }) => path[0],
      );
    expect((await fields({ ...change, currency: 'USD' }))?.toSorted()).toEqual(['closesAt', 'confirm', 'opensAt']);
    expect((await fields(change))?.toSorted()).toEqual(['closesAt', 'confirm', 'currency', 'opensAt']);
  });

  it.each([null, [], 'x', 7, true, undefined])('the input %j', async (input) => {
    const reply = await api.admin('operator').mutate('admin.event.create', input);
    const code = input === undefined ? 'input_missing_body' : 'input_not_object';
    const issues = [{ path: [], message: reply.error?.message, code, params: {} }];
    expect(reply).toMatchObject({ status: 400, error: { data: { issues, problem: { code, params: {} } } } });
  });
});

describe('a change to an event is refused', () => {
  it.each([
    ['topUp', { add: 0 }, 'add'],
    ['topUp', { add: -5 }, 'add'],
    ['topUp', { add: 1.5 }, 'add'],
    ['topUp', { add: 100_000_001 }, 'add'],
    ['topUp', {}, 'add'],
    ['pause', { version: 0 }, 'version'],
    ['pause', { version: '1' }, 'version'],
    ['pause', { because: 'lunch' }, 'because'],
    ['pause', { reason: ' ' }, 'reason'],
    ['pause', { reason: 'x'.repeat(501) }, 'reason'],
    ['pause', { reason: 7 }, 'reason'],
    ['update', { opensAt: '2020-01-01T00:00:00Z' }, 'opensAt'],
    ['update', { opensAt: null }, 'opensAt'],
    ['update', { stock: 0 }, 'stock'],
    ['update', { currency: 'WON' }, 'currency'],
    ['update', { currency: 'krw' }, 'currency'],
    ['update', { confirm: 7 }, 'confirm'],
    ['update', { confirm: 'Another sale' }, 'confirm'],
    ['update', { name: '' }, 'name'],
    ['update', { opensAt: '2099-01-02T00:00:00Z', closesAt: '2099-01-01T00:00:00Z' }, 'closesAt'],
    ['close', { requestId: '' }, 'requestId'],
    ['reset', {}, 'confirm'],
    ['reset', { confirm: 'Another sale' }, 'confirm'],
    ['reset', { confirm: 7 }, 'confirm'],
    ['reset', { ...named, stock: 0 }, 'stock'],
    ['reset', { ...named, opensAt: '2020-01-01T00:00:00Z' }, 'opensAt'],
    ['reset', { ...named, opensAt: '2099-01-02T00:00:00' }, 'opensAt'],
    ['reset', { ...named, closesAt: '2020-01-01T00:00:00Z' }, 'closesAt'],
    ['reset', { ...named, opensAt: '2099-01-02T00:00:00Z', closesAt: '2099-01-01T00:00:00Z' }, 'closesAt'],
    ['reset', { ...named, amount: 5 }, 'amount'],
  ])('for %s with %j', async (name, input, field) => {
    const eventId = await someEvent();
    const before = await version(eventId);
    const reply = await api.admin('admin').mutate(`admin.event.${name}`, { eventId, ...input });
    expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: [field] }] } } });
    expect(await version(eventId)).toBe(before);
  });
});

describe('a malformed event id', () => {
  const ids = [
    '',
    ' ',
    'a b',
    'a{b}',
    'é',
    '../x',
    'x'.repeat(65),
    'a\n',
    7,
    null,
    undefined,
    ['open'],
    { id: 'open' },
  ];
  it.each([
    ['event.get', 'query'],
    ['claim.mine', 'query'],
    ['claim.submit', 'mutate'],
    ['admin.event.get', 'query'],
    ['admin.event.pause', 'mutate'],
    ['admin.claim.list', 'query'],
  ] as const)('makes %s answer BAD_REQUEST', async (path, kind) => {
    for (const eventId of ids) {
      const reply = await api.admin('admin')[kind](path, { eventId });
      expect({ eventId, status: reply.status, issues: reply.error?.data.issues }).toMatchObject({
        eventId,
        status: 400,
        issues: [{ path: ['eventId'] }],
      });
    }
  });
});

describe('a call with bad input is refused', () => {
  it.each([
    ['admin.claim.list', { eventId: 'x', limit: 1_001 }, 'limit'],
    ['admin.claim.list', { eventId: 'x', limit: 0 }, 'limit'],
    ['admin.claim.list', { eventId: 'x', round: 0 }, 'round'],
    ['admin.claim.list', { eventId: 'x', afterSerial: -1 }, 'afterSerial'],
    ['admin.claim.browse', { eventId: 'x', limit: 201 }, 'limit'],
    ['admin.claim.browse', { eventId: 'x', fromAt: '2026-12-01' }, 'fromAt'],
    ['admin.claim.browse', { eventId: 'x', after: -1 }, 'after'],
    ['admin.claim.browse', { eventId: 'x', order: 'up' }, 'order'],
    ['admin.claim.find', { userId: '' }, 'userId'],
    ['admin.claim.find', { userId: 'a b' }, 'userId'],
    ['admin.claim.find', { userId: '김' }, 'userId'],
    ['admin.claim.find', {}, 'userId'],
    ['admin.claim.faults', { eventId: 'x', limit: 1_001 }, 'limit'],
    ['admin.claim.faults', { eventId: 'x', round: 0 }, 'round'],
    ['admin.event.list', { limit: 101 }, 'limit'],
    ['admin.event.list', { cursor: 7 }, 'cursor'],
    ['admin.event.search', { phase: 'over' }, 'phase'],
    ['admin.event.search', { sort: 'stock' }, 'sort'],
    ['admin.event.search', { offset: -1 }, 'offset'],
    ['admin.event.search', { opensFrom: 'tomorrow' }, 'opensFrom'],
    ['admin.event.list', { cursor: 'x'.repeat(201) }, 'cursor'],
  ])('for %s with %j', async (path, input, field) => {
    const reply = await api.admin('viewer').query(path, input);
    expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: [field] }] } } });
  });

  it.each([
    [{ eventId: 'open', id: 1 }, 'reason'],
    [{ eventId: 'open', id: 1, reason: ' ' }, 'reason'],
    [{ eventId: 'open', id: 0, reason: 'why' }, 'id'],
    [{ eventId: 'a b', id: 1, reason: 'why' }, 'eventId'],
  ])('for settling a fault with %j', async (input, field) => {
    const reply = await api.admin('operator').mutate('admin.claim.settleFault', input);
    expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: [field] }] } } });
  });

  it('with a cursor that the API never returned', async () => {
    const reply = await api.admin('viewer').query('admin.event.list', { cursor: 'nonsense' });
    expect(reply.status).toBe(400);
  });

  it('with input that is not JSON', async () => {
    const response = await fetch(`${api.url}/trpc/event.get?input=%7B`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        message: 'The input is not valid JSON.',
        data: { issues: [{ path: [], message: 'The input is not valid JSON.' }] },
      },
    });
  });
});

it('none of the bad inputs in this file wrote anything', async () => {
  const { data } = await api.admin('viewer').query('admin.event.list', { limit: 100 });
  const { events } = data as { events: { name: string }[] };
  expect(events.filter(({ name }) => name !== 'Unchanged')).toEqual([]);
});

async function someEvent(): Promise<string> {
  const reply = await api.admin('operator').mutate('admin.event.create', { ...good, name: 'Unchanged' });
  return (reply.data as { id: string }).id;
}

async function version(eventId: string): Promise<number> {
  return ((await api.admin('viewer').query('admin.event.get', { eventId })).data as { version: number }).version;
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { userToken } from './tokens.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const iso: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const code: unknown = expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);

/** The page fields that an event has if it was created without any. */
const noPage = { imageUrl: null, imageAlt: null, terms: null, useUrl: null, validUntil: null, theme: null };

type Event = { id: string; version: number; opensAt: string } & Record<string, unknown>;

const inMs = (ms: number): string => new Date(api.platform.clock.nowMs() + ms).toISOString();

async function create(over: Record<string, unknown> = {}): Promise<Event> {
  const input = { name: 'Spring sale', amount: 10_000, stock: 3, opensAt: inMs(500), ...over };
  const reply = await api.admin('operator').mutate('admin.event.create', input);
  expect(reply).toMatchObject({ status: 200 });
  return reply.data as Event;
}

async function createOpen(over: Record<string, unknown> = {}): Promise<Event> {
  const event = await create(over);
  await waitFor(async () => ((await getEvent(event.id)) as { phase: string }).phase === 'open', {
    what: 'the opening',
  });
  return event;
}

const getEvent = async (eventId: string): Promise<unknown> => (await api.anyone.query('event.get', { eventId })).data;

const submit = (userId: string, eventId: string) => api.user(userId).mutate('claim.submit', { eventId });

async function change(name: string, input: Record<string, unknown>): Promise<Event> {
  const reply = await api.admin('operator').mutate(`admin.event.${name}`, input);
  expect(reply).toMatchObject({ status: 200 });
  return reply.data as Event;
}

describe('the public procedure', () => {
  it('event.get describes an event, its progress and the time', async () => {
    const event = await createOpen({ description: 'With love', closesAt: inMs(3_600_000) });
    await submit('kim', event.id);
    const told = await waitFor(
      async () => {
        const view = (await getEvent(event.id)) as { issued: number };
        return view.issued === 1 ? view : null;
      },
      { what: 'the count to change' },
    );
    expect(told).toEqual({
      id: event.id,
      name: 'Spring sale',
      description: 'With love',
      amount: 10_000,
      currency: 'KRW',
      ...noPage,
      ...{ line: 'off', lineOpensAt: null },
      stock: 3,
      issued: 1,
      remaining: 2,
      opensAt: event.opensAt,
      closesAt: iso,
      soldOutAt: null,
      phase: 'open',
      serverTime: iso,
    });
  });

  it('event.list returns the listed events that are not closed, by opening time, even without an input', async () => {
    const late = await create({ opensAt: inMs(7_200_000) });
    const early = await create({ opensAt: inMs(3_600_000) });
    const hidden = await create({ listed: false });
    const over = await create();
    await change('close', { eventId: over.id });
    const ids = await waitFor(
      async () => {
        const listed = (await api.anyone.query('event.list')).data as Event[];
        const known = listed.map(({ id }) => id);
        return known.includes(late.id) && !known.includes(over.id) ? known : null;
      },
      { what: 'the list to change' },
    );
    expect(ids).not.toContain(hidden.id);
    expect(ids.indexOf(early.id)).toBeLessThan(ids.indexOf(late.id));
    expect((await api.anyone.query('event.list', {})).status).toBe(200);
  });
});

describe('claim procedures', () => {
  it('issue a user’s first claim, and return the same claim to a repeated call', async () => {
    const event = await createOpen();
    const first = await submit('kim', event.id);
    expect(first).toMatchObject({ status: 200 });
    expect(first.data).toEqual({ status: 'issued', serial: 1, code, claimedAt: iso, round: 1, replayed: false });
    expect((await submit('kim', event.id)).data).toEqual({ ...(first.data as object), replayed: true });
  });

  it('treat users as different even if their ids look alike, or look like something other than an id', async () => {
    const users = ['Kim', 'kim', 'KIM', 'a{b}', '__proto__', 'constructor', '0', 'kim:1'];
    const event = await createOpen({ stock: users.length });
    const serials = new Set<number>();
    for (const user of users) serials.add(((await submit(user, event.id)).data as { serial: number }).serial);
    expect(serials.size).toBe(users.length);
    for (const user of users) expect((await submit(user, event.id)).data).toMatchObject({ replayed: true });
  });

  it('take the user from the token, whatever the input says', async () => {
    const event = await createOpen();
    await api.user('kim').mutate('claim.submit', { eventId: event.id, userId: 'lee', sub: 'lee' });
    expect((await api.user('kim').query('claim.mine', { eventId: event.id, userId: 'lee' })).data).not.toBeNull();
    expect((await api.user('lee').query('claim.mine', { eventId: event.id })).data).toBeNull();
  });

  it('answer each kind of refusal differently', async () => {
    const soldOut = await createOpen({ stock: 1 });
    await submit('kim', soldOut.id);
    expect((await submit('lee', soldOut.id)).data).toEqual({ status: 'sold_out' });

    const later = await create({ opensAt: inMs(3_600_000) });
    expect((await submit('lee', later.id)).data).toEqual({
      status: 'not_open',
      opensAt: later.opensAt,
      serverTime: iso,
    });

    const paused = await createOpen();
    await change('pause', { eventId: paused.id });
    expect((await submit('lee', paused.id)).data).toEqual({ status: 'paused' });

    await change('close', { eventId: paused.id });
    expect((await submit('lee', paused.id)).data).toEqual({ status: 'closed' });
  });

  it('answer each call of a batch separately', async () => {
    const events = [await createOpen(), await createOpen(), await create({ opensAt: inMs(3_600_000) })];
    const body = JSON.stringify({
      ...Object.fromEntries(events.map(({ id }, at) => [at, { eventId: id }])),
      3: { eventId: 'nobody-knows-it' },
      4: { eventId: '?' },
      5: { eventId: events[0]?.id },
    });
    const response = await fetch(`${api.url}/trpc/${Array(6).fill('claim.submit').join(',')}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${userToken('kim')}` },
      body,
    });
    expect(response.status).toBe(207);
    const answers = (await response.json()) as { result?: { data: { serial: number } }; error?: unknown }[];
    expect(answers).toMatchObject([
      { result: { data: { status: 'issued', serial: 1 } } },
      { result: { data: { status: 'issued', serial: 1 } } },
      { result: { data: { status: 'not_open' } } },
      { error: { data: { code: 'NOT_FOUND', path: 'claim.submit' } } },
      { error: { data: { code: 'BAD_REQUEST', issues: [{ path: ['eventId'] }] } } },
      { result: { data: { status: 'issued', serial: 1 } } },
    ]);
  });

  it('answer claim.mine with null or the claim and its progress', async () => {
    const event = await createOpen();
    const mine = () => api.user('kim').query('claim.mine', { eventId: event.id });
    expect((await mine()).data).toBeNull();
    const { data } = await submit('kim', event.id);
    const { serial, code, claimedAt, round } = data as Record<string, unknown>;
    expect((await mine()).data).toEqual({ serial, code, claimedAt, round, state: 'accepted' });
  });

  it('answer claim.list with a list of claims', async () => {
    expect((await api.user('nobody-yet').query('claim.list', {})).data).toEqual([]);
    expect((await api.user('nobody-yet').query('claim.list')).data).toEqual([]);
  });
});

describe('the admin event procedures', () => {
  it('return every field of a created event', async () => {
    const event = await create({
      opensAt: '2099-09-01T10:00:00',
      timeZone: 'asia/seoul',
      closesAt: '2099-09-02T00:00+09:00',
    });
    expect(event).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) as unknown,
      name: 'Spring sale',
      description: '',
      amount: 10_000,
      currency: 'KRW',
      ...noPage,
      ...{ triesMax: null, triesWindowMs: null, line: 'off', lineOpensAt: null },
      ...{ admitPerSecond: null, admitPercent: null },
      stock: 3,
      issued: 0,
      remaining: 3,
      opensAt: '2099-09-01T01:00:00.000Z',
      closesAt: '2099-09-01T15:00:00.000Z',
      soldOutAt: null,
      phase: 'scheduled',
      serverTime: iso,
      strategy: 'redis-stream',
      round: 1,
      version: expect.any(Number) as unknown,
      timeZone: 'Asia/Seoul',
      listed: true,
      paused: false,
      persisted: 0,
      outbox: 0,
      outboxSince: null,
      firstClaimedAt: null,
      readiness: null,
      needsApproval: false,
      approvalAskedBy: null,
      seeded: false,
      gateLost: false,
    });
    const { data } = await api.admin('viewer').query('admin.event.get', { eventId: event.id });
    const readiness = expect.objectContaining({ armed: false }) as unknown;
    expect(data).toEqual({ ...event, serverTime: iso, readiness });
  });

  it("show everybody the content of an event's page as given, and remove fields that are set to null", async () => {
    const page = {
      ...{ imageUrl: 'https://shop.example/가을.png', imageAlt: '단풍', terms: '1인 1매\r\n양도 불가' },
      ...{ useUrl: 'https://shop.example/use' },
      theme: { shopName: '하루마켓', logoUrl: 'https://shop.example/logo.svg', accentColor: '#1f5eff', radius: 'soft' },
    };
    const event = await create({
      ...page,
      opensAt: '2099-09-01T10:00:00+09:00',
      validUntil: '2099-12-31T23:59:59.999',
      timeZone: 'Asia/Seoul',
    });
    const told = { ...page, validUntil: '2099-12-31T14:59:59.999Z' };
    expect(event).toMatchObject(told);
    expect(await getEvent(event.id)).toMatchObject(told);
    const listed = (await api.anyone.query('event.list')).data as Event[];
    expect(listed.find(({ id }) => id === event.id)).toMatchObject(told);
    const eventId = event.id;
    const moved = await change('update', { eventId, validUntil: '2100-01-01T00:00:00Z' });
    expect(moved).toMatchObject({ ...page, validUntil: '2100-01-01T00:00:00.000Z', opensAt: event.opensAt });
    expect(await change('update', { eventId, ...noPage })).toMatchObject({ ...noPage, name: event['name'] });
    expect(await create({ theme: {} })).toMatchObject({ theme: null });
  });

  it('accept names in any script, and count characters rather than bytes', async () => {
    for (const name of ['선착순 쿠폰', '🎉'.repeat(200), 'ก็็็', 'a"b\'c\\d<e>', '__proto__', '가'.repeat(200)]) {
      expect((await create({ name })).name).toBe(name);
    }
  });

  it('make one event if the same requestId is used twice', async () => {
    const input = { name: 'Once', amount: 1, stock: 1, opensAt: inMs(3_600_000), requestId: 'r-1' };
    const [first, second] = [1, 2].map(() => api.admin('operator').mutate('admin.event.create', input));
    const ids = await Promise.all([first, second].map(async (reply) => ((await reply)?.data as Event).id));
    expect(ids[0]).toBe(ids[1]);
  });

  it('page through all events with admin.event.list, newest first', async () => {
    const made = [await create(), await create(), await create()].map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const reply = await api
        .admin('viewer')
        .query('admin.event.list', { limit: 2, ...(cursor !== undefined && { cursor }) });
      const page = reply.data as { events: Event[]; nextCursor: string | null };
      expect(page.events.length).toBeLessThanOrEqual(2);
      seen.push(...page.events.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => made.includes(id))).toEqual(made.toReversed());
    expect((await api.admin('viewer').query('admin.event.list')).status).toBe(200);
  });

  it('change only the fields that the input names', async () => {
    const event = await create({ opensAt: inMs(3_600_000) });
    const eventId = event.id;
    const updated = await change('update', {
      eventId,
      version: event.version,
      name: 'New name',
      closesAt: '2099-01-01T00:00:00Z',
    });
    expect(updated).toMatchObject({ name: 'New name', closesAt: '2099-01-01T00:00:00.000Z', stock: 3, amount: 10_000 });
    expect(updated.version).toBeGreaterThan(event.version);
    expect(await change('update', { eventId, closesAt: null })).toMatchObject({ name: 'New name', closesAt: null });
    expect(await change('topUp', { eventId, add: 2 })).toMatchObject({ stock: 5 });
    expect(await change('pause', { eventId })).toMatchObject({ paused: true, phase: 'scheduled' });
    expect(await change('pause', { eventId })).toMatchObject({ paused: true });
    expect(await change('resume', { eventId })).toMatchObject({ paused: false });
    expect(await change('close', { eventId })).toMatchObject({ phase: 'closed' });
  });

  it("answer CONFLICT to an outdated version, and to a change that the event's state forbids", async () => {
    const event = await createOpen();
    const eventId = event.id;
    const mutate = (name: string, input: object) =>
      api.admin('operator').mutate(`admin.event.${name}`, { eventId, ...input });
    await change('update', { eventId, name: 'Newer' });
    expect(await mutate('pause', { version: event.version })).toMatchObject({
      status: 409,
      error: { data: { code: 'CONFLICT' } },
    });
    expect(await mutate('update', { opensAt: inMs(3_600_000) })).toMatchObject({ status: 409 });
    expect(await mutate('update', { amount: 5 })).toMatchObject({ status: 409 });
    await submit('kim', eventId);
    await submit('lee', eventId);
    expect(await mutate('update', { stock: 1 })).toMatchObject({ status: 409 });
    await change('close', { eventId });
    expect(await mutate('resume', {})).toMatchObject({ status: 409 });
  });
});

describe('admin.event.reset', () => {
  const reset = (input: object) => api.admin('admin').mutate('admin.event.reset', { confirm: 'Spring sale', ...input });
  const mine = async (eventId: string) => (await api.user('kim').query('claim.mine', { eventId })).data;

  it('begins the next round, which is paused and lets everybody win again', async () => {
    const { id: eventId, version } = await createOpen({ stock: 1 });
    const first = (await submit('kim', eventId)).data as { code: string };
    expect((await submit('lee', eventId)).data).toEqual({ status: 'sold_out' });
    const { status, data } = await reset({ eventId });
    expect({ status, data }).toMatchObject({
      status: 200,
      data: {
        id: eventId,
        round: 2,
        phase: 'paused',
        paused: true,
        stock: 1,
        issued: 0,
        remaining: 1,
        soldOutAt: null,
      },
    });
    expect((data as Event).version).toBeGreaterThan(version);
    expect(await mine(eventId)).toBeNull();
    expect((await submit('kim', eventId)).data).toEqual({ status: 'paused' });
    await change('resume', { eventId });
    const second = (await submit('kim', eventId)).data as { code: string };
    expect(second).toMatchObject({ status: 'issued', serial: 1, round: 2, replayed: false });
    expect(second.code).not.toBe(first.code);
    expect(await mine(eventId)).toMatchObject({ round: 2, code: second.code });
  });

  it('schedules the round if the new opening is in the future', async () => {
    const { id: eventId } = await createOpen();
    const [opensAt, closesAt] = [inMs(3_600_000), inMs(7_200_000)];
    expect((await reset({ eventId, opensAt, closesAt, stock: 7 })).data).toMatchObject({
      ...{ round: 2, phase: 'scheduled', paused: false, opensAt, closesAt, stock: 7, amount: 10_000 },
    });
    expect((await submit('kim', eventId)).data).toMatchObject({ status: 'not_open', opensAt });
  });

  it('resets only once if the request is repeated', async () => {
    const { id: eventId } = await createOpen();
    const ask = () => reset({ eventId, requestId: 'reset-1' });
    const replies = [...(await Promise.all([ask(), ask()])), await ask()];
    expect(replies.map(({ data }) => (data as { round: number }).round)).toEqual([2, 2, 2]);
    expect(await reset({ eventId, stock: 5, requestId: 'reset-1' })).toMatchObject({ status: 409 });
  });
});

describe('a claim that is stored in MySQL', () => {
  it('is persisted for its owner, and visible to admins in every procedure', async () => {
    const validUntil = '2099-12-31T14:59:59.000Z';
    const event = await createOpen({ stock: 10, validUntil });
    const eventId = event.id;
    const { data } = await submit('kim', eventId);
    for (const user of ['lee', 'park']) await submit(user, eventId);
    await using _worker = await startWorker(api.stores);
    const { serial, code, claimedAt, round } = data as Record<string, unknown> & { code: string };
    const held = { serial, code, claimedAt, round, state: 'persisted' };
    await waitFor(
      async () =>
        ((await api.user('park').query('claim.mine', { eventId })).data as { state: string }).state === 'persisted',
      { what: 'the last claim in MySQL', limitMs: 20_000 },
    );
    const mine = (await api.user('kim').query('claim.list')).data as { eventId: string }[];
    expect(mine.find((claim) => claim.eventId === eventId)).toEqual({
      ...held,
      eventId,
      eventName: 'Spring sale',
      amount: 10_000,
      currency: 'KRW',
      validUntil,
    });

    const viewer = api.admin('viewer');
    const find = async (role: string): Promise<unknown> =>
      (await api.admin(role).query('admin.claim.find', { userId: 'kim', eventId })).data;
    const named = { eventName: 'Spring sale', amount: 10_000, currency: 'KRW' };
    expect(await find('operator')).toEqual([{ ...held, eventId, userId: 'kim', persistedAt: iso, ...named }]);
    expect(await find('viewer')).toMatchObject([{ serial: 1, code: `${code.slice(0, 4)}-****-****-****` }]);
    const listed = async (over: object): Promise<unknown> =>
      ((await viewer.query('admin.claim.list', { eventId, ...over })).data as { userId: string }[]).map(
        ({ userId }) => userId,
      );
    expect(await listed({})).toEqual(['kim', 'lee', 'park']);
    expect(await listed({ round: 1, limit: 1_000 })).toEqual(['kim', 'lee', 'park']);
    expect(await listed({ afterSerial: 1, limit: 1 })).toEqual(['lee']);
    expect(await listed({ round: 2 })).toEqual([]);
    const seen = await viewer.query('admin.event.get', { eventId });
    expect(seen.data).toMatchObject({ issued: 3, persisted: 3, outbox: 0, seeded: true });
  });
});

describe('an unknown event is answered NOT_FOUND', () => {
  it.each([
    ['anyone', 'query', 'event.get'],
    ['user', 'mutate', 'claim.submit'],
    ['user', 'query', 'claim.mine'],
    ['viewer', 'query', 'admin.event.get'],
    ['viewer', 'query', 'admin.claim.list'],
    ['operator', 'mutate', 'admin.event.update'],
    ['operator', 'mutate', 'admin.event.pause'],
    ['operator', 'mutate', 'admin.event.resume'],
    ['operator', 'mutate', 'admin.event.close'],
    ['admin', 'mutate', 'admin.event.reset'],
  ] as const)('if %s sends the %s %s', async (who, kind, path) => {
    const caller = who === 'anyone' ? api.anyone : who === 'user' ? api.user('kim') : api.admin(who);
    const confirm = path === 'admin.event.reset' ? { confirm: 'nobody knows it' } : {};
    const reply = await caller[kind](path, { eventId: 'nobody-knows-it', ...confirm });
    expect(reply).toMatchObject({ status: 404, error: { data: { code: 'NOT_FOUND', httpStatus: 404, path } } });
    expect(reply.error?.data).not.toHaveProperty('stack');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAudit } from '../../../core/audit/audit-rows.ts';
import { openRealApi, type RealApi } from '../real-server.ts';
import { adminToken } from '../tokens.ts';

let api: RealApi;
beforeAll(async () => {
  api = await openRealApi({ APPROVAL_STOCK: '1000' });
});
afterAll(() => api[Symbol.asyncDispose]());

type Reply = { status: number; body: Record<string, unknown> };

async function call(
  method: string,
  path: string,
  body?: unknown,
  { role = 'operator', key }: { role?: string; key?: string } = {},
): Promise<Reply> {
  const response = await fetch(`${api.url}/api/v1/admin${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken(role)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const sale = { name: 'Sale', amount: 1, stock: 5, opensAt: '2099-01-01T00:00:00Z' };
const countEvents = () => api.platform.stores.db.event.count();

describe('The Idempotency-Key header', () => {
  it('creates one event from two equal calls, and leads to 409 if the input differs', async () => {
    const first = await call('POST', '/events', sale, { key: 'create-1' });
    const events = await countEvents();
    const { serverTime: _first, ...made } = first.body;
    const again = await call('POST', '/events', sale, { key: 'create-1' });
    const { serverTime: _again, ...same } = again.body;
    expect([first.status, again.status, same]).toEqual([201, 201, made]);
    expect(await call('POST', '/events', { ...sale, stock: 6 }, { key: 'create-1' })).toMatchObject({
      ...{ status: 409, body: { status: 409, reason: 'conflict' } },
    });
    expect(await countEvents()).toBe(events);
  });

  it('counts as the requestId, so the same call over tRPC returns the same event', async () => {
    const { body } = await call('POST', '/events', sale, { key: 'create-2' });
    const { data } = await api.admin('operator').mutate('admin.event.create', { ...sale, requestId: 'create-2' });
    expect((data as { id: string }).id).toBe(body['id']);
  });

  it('leads to a refusal if it differs from the requestId in the body or contains a space', async () => {
    const events = await countEvents();
    expect((await call('POST', '/events', { ...sale, requestId: 'a' }, { key: 'b' })).body).toMatchObject({
      ...{ status: 400, issues: [{ path: ['requestId'] }] },
    });
    expect((await call('POST', '/events', sale, { key: 'a b' })).body).toMatchObject({
      ...{ status: 400, issues: [{ path: ['requestId'] }] },
    });
    expect(await countEvents()).toBe(events);
    expect((await call('POST', '/events', { ...sale, requestId: 'c' }, { key: 'c' })).status).toBe(201);
  });
});

describe('bad input over REST', () => {
  it.each<[string, string, string, unknown]>([
    ['an unknown field', 'POST', '/events', { ...sale, closeAt: '2099-01-02T00:00:00Z' }],
    ['a list', 'POST', '/events', [sale]],
    ['a text', 'POST', '/events', 'sale'],
    ['a number as text', 'POST', '/events', { ...sale, stock: '5' }],
    ['an event id in the path and in the body', 'POST', '/events/x/pause', { eventId: 'x' }],
    ['an event id with a space', 'POST', '/events/x%20y/pause', {}],
    ['an escaped event id', 'GET', '/events/%6fpen', undefined],
    ['a limit that is not a number', 'GET', '/events?limit=many', undefined],
    ['a parameter twice', 'GET', '/events?limit=1&limit=2', undefined],
    ['an unknown parameter of a strict call', 'GET', '/audit?madeUp=1', undefined],
    ['a parameter that is missing', 'GET', '/claims', undefined],
  ])('such as %s is answered 400 with the name of the field, and writes nothing', async (_name, method, path, body) => {
    const before = [await countEvents(), (await listAudit(api.platform.stores.db, { limit: 1 }))[0]?.id];
    const reply = await call(method, path, body, { role: 'admin' });
    expect(reply).toMatchObject({ status: 400, body: { status: 400, reason: 'bad_request' } });
    expect((reply.body['issues'] as unknown[]).length).toBeGreaterThan(0);
    expect([await countEvents(), (await listAudit(api.platform.stores.db, { limit: 1 }))[0]?.id]).toEqual(before);
  });
});

/** Whether a value is the id that the server generated for a change without an id. */
const isMadeUp = (name: string, value: unknown): boolean =>
  name === 'requestId' && typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

const life: [action: string, method: string, path: string, body: Record<string, unknown>, role: string][] = [
  ['update', 'PATCH', '', { description: 'New', version: 1, reason: 'a typo' }, 'operator'],
  ['update', 'PATCH', '', { description: 'Late', version: 1 }, 'operator'],
  ['pause', 'POST', '/pause', { reason: 'the shop is down' }, 'operator'],
  ['pause', 'POST', '/pause', {}, 'operator'],
  ['resume', 'POST', '/resume', {}, 'operator'],
  ['topUp', 'POST', '/top-up', { add: 2 }, 'operator'],
  ['topUp', 'POST', '/top-up', { add: 0 }, 'operator'],
  ['approve', 'POST', '/approve', { version: 2 }, 'admin'],
  ['reset', 'POST', '/reset', { confirm: 'Another name' }, 'admin'],
  ['reset', 'POST', '/reset', { confirm: 'Sale', stock: 9 }, 'admin'],
  ['reset', 'POST', '/reset', { confirm: 'Sale' }, 'operator'],
  ['close', 'POST', '/close', { reason: 'over' }, 'operator'],
  ['close', 'POST', '/close', {}, 'operator'],
  ['resume', 'POST', '/resume', {}, 'operator'],
];

it('an event leaves the same answers, rows and audit trail over REST as over tRPC', async () => {
  const { db } = api.platform.stores;
  const made = await call('POST', '/events', sale);
  const restId = String(made.body['id']);
  const { data } = await api.admin('operator').mutate('admin.event.create', sale);
  const trpcId = (data as { id: string }).id;
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (name, part: unknown) =>
        /^(serverTime|id|at|atMs|codeKey|(created|updated|closed|seeded)At)$/.test(name) || isMadeUp(name, part)
          ? '-'
          : typeof part === 'bigint'
            ? String(part)
            : part,
      )
        .replaceAll(restId, 'EVENT')
        .replaceAll(trpcId, 'EVENT'),
    );
  expect(plain(made.body)).toEqual(plain(data));
  for (const [action, method, path, body, role] of life) {
    const byRest = await call(method, `/events/${restId}${path}`, body, { role });
    const byTrpc = await api.admin(role).mutate(`admin.event.${action}`, { eventId: trpcId, ...body });
    expect([action, body, byRest.status]).toEqual([action, body, byTrpc.status]);
    if (byTrpc.error === undefined) expect(plain(byRest.body)).toEqual(plain(byTrpc.data));
    else {
      expect(plain(byRest.body)).toMatchObject({
        detail: plain(byTrpc.error.message),
        issues: plain(byTrpc.error.data.issues ?? []),
      });
    }
  }
  const rowOf = async (eventId: string) =>
    plain(await db.event.findUnique({ where: { id: eventId }, include: { rounds: true } }));
  expect(await rowOf(restId)).toEqual(await rowOf(trpcId));
  const auditOf = async (eventId: string) => plain(await listAudit(db, { eventId, limit: 100 }));
  const trail = await auditOf(restId);
  expect(trail).toEqual(await auditOf(trpcId));
  expect((trail as unknown[]).length).toBeGreaterThan(5);
});

it('a reconcile reports progress to a client that accepts JSON lines, and ends with the plain answer', async () => {
  const { body } = await call('POST', '/events', sale);
  const ask = (accept: string) =>
    fetch(`${api.url}/api/v1/admin/events/${String(body['id'])}/reconcile`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken('operator')}`, accept },
    });
  const plain: unknown = await (await ask('*/*')).json();
  const streamed = await ask('application/x-ndjson');
  const lines = (await streamed.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const last = lines.at(-1);
  // A call that ends before its first step gets a plain answer.
  expect(lines.length > 1 ? last?.['result'] : last).toEqual(plain);
  expect(plain).toMatchObject({ eventId: body['id'], verdict: 'clean' });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from '../../api/router.ts';
import { openCoder } from '../../core/claims/code.ts';
import { drainOutbox } from '../../core/engines/stream/drain.ts';
import { findRound } from '../../core/events/event-rows.ts';
import type { Reply } from './call.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { adminToken } from './tokens.ts';

/**
 * Anybody who can read a code can use it. So a viewer sees only the first four characters of a code, and must not be
 * able to guess the others.
 */

let api: RealApi;
let open: RealApi;
/**
 * An event with a stored claim, an accepted claim, a settled fault, and an audit trail whose reasons quote the codes.
 */
let sale: Sale;
let openSale: Sale;
beforeAll(async () => {
  api = await openRealApi();
  open = await openRealApi({ VIEWER_SEES_CODES: '1' });
  sale = await openSaleOf(api);
  openSale = await openSaleOf(open);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

type Sale = { eventId: string; faultId: number; codes: { kim: string; lee: string; max: string } };

async function openSaleOf(at: RealApi): Promise<Sale> {
  const { stores } = at.platform;
  const operator = at.admin('operator');
  const { data } = await operator.mutate('admin.event.create', { ...aSale, opensAt: new Date().toISOString() });
  const { id: eventId } = data as { id: string };
  const codeOf = async (userId: string): Promise<string> => {
    const reply = await at.user(userId).mutate('claim.submit', { eventId });
    return (reply.data as { code: string }).code;
  };
  const kim = await codeOf('kim');
  await drainOutbox(stores, eventId, 1);
  const lee = await codeOf('lee');
  const row = await findRound(stores.db, eventId, 1);
  const max = openCoder(row?.roundRow.codeKey ?? Buffer.alloc(32))(3, 'max');
  const { id } = await stores.db.claimFault.create({
    data: {
      ...{ eventId, round: 1, serial: 3n, userId: 'max', code: max, claimedAt: new Date(), reason: 'serial_taken' },
      ...{ detail: 'the serial is taken', entryId: '1-1', position: 0, createdAt: new Date() },
    },
  });
  const faultId = Number(id);
  const reason = `max showed ${max}, and ${max.toLowerCase()} by mail`;
  await operator.mutate('admin.claim.settleFault', { eventId, id: faultId, reason });
  await operator.mutate('admin.event.update', { eventId, name: 'Autumn sale', reason: `kim has ${kim}` });
  return { eventId, faultId, codes: { kim, lee, max } };
}

const aSale = { name: 'Sale', amount: 1, stock: 9 };

type Kind = 'query' | 'mutation';
const procedures = (Object.entries(appRouter._def.procedures) as unknown as [string, { _def: { type: Kind } }][])
  .filter(([path]) => path.startsWith('admin.'))
  .map(([path, { _def }]) => ({ path, kind: _def.type }));

/** Inputs for each admin procedure, chosen so that the answers contain as many codes as possible. */
const asked: Record<string, (sale: Sale) => object[]> = {
  'admin.whoami': () => [{}],
  'admin.event.list': () => [{}],
  'admin.event.search': () => [{}],
  'admin.event.get': ({ eventId }) => [{ eventId }],
  'admin.event.create': () => [{ ...aSale, opensAt: new Date().toISOString() }],
  'admin.event.update': ({ eventId }) => [{ eventId, listed: false }],
  'admin.event.pause': ({ eventId }) => [{ eventId }],
  'admin.event.resume': ({ eventId }) => [{ eventId }],
  'admin.event.close': ({ eventId }) => [{ eventId }],
  'admin.event.topUp': ({ eventId }) => [{ eventId, add: 1 }],
  'admin.event.reset': ({ eventId }) => [{ eventId, confirm: 'Sale' }],
  'admin.event.approve': ({ eventId }) => [{ eventId, version: 1 }],
  'admin.reconcile': ({ eventId }) => [{ eventId, repair: true }],
  'admin.claim.find': ({ eventId }) => [{ userId: 'kim' }, { userId: 'kim', eventId }],
  'admin.claim.list': ({ eventId }) => [{ eventId }],
  'admin.claim.browse': ({ eventId }) => [{ eventId }, { eventId, order: 'desc' }, { eventId, userId: 'kim' }],
  'admin.claim.export': ({ eventId }) => [{ eventId }],
  'admin.claim.faults': ({ eventId }) => [{ eventId }],
  'admin.claim.settleFault': ({ eventId, faultId }) => [{ eventId, id: faultId, reason: 'again' }],
  'admin.claim.show': ({ eventId, codes }) => [
    ...['kim', 'lee', 'max'].map((userId) => ({ eventId, userId })),
    ...[1, 2, 3].map((serial) => ({ eventId, serial })),
    ...Object.values(codes).map((code) => ({ eventId, code })),
  ],
  'admin.claim.verify': ({ eventId, codes }) => [
    { eventId, userId: 'kim', serial: 1, code: codes.kim },
    { eventId, userId: 'kim', serial: 2, code: codes.kim },
    { eventId, userId: 'max', serial: 3, code: codes.max },
  ],
  'admin.claim.restore': ({ eventId, codes }) => [{ eventId, userId: 'kim', serial: 1, code: codes.kim }],
  'admin.metrics.export': () => [{}],
  'admin.sale.get': ({ eventId }) => [{ eventId }],
  'admin.line.get': ({ eventId }) => [{ eventId }],
  'admin.audit.list': ({ eventId }) => [{}, { eventId }],
  'admin.apiKey.create': () => [{ name: 'till', role: 'viewer' }],
  'admin.apiKey.list': () => [{}],
  'admin.apiKey.revoke': () => [{ id: 'k1' }],
};

const ask = (at: RealApi, role: string, { path, kind }: { path: string; kind: Kind }, input: object): Promise<Reply> =>
  kind === 'query' ? at.admin(role).query(path, input) : at.admin(role).mutate(path, input);

/** All codes in an answer, in upper or lower case, except masked codes. */
const codesIn = (answer: unknown): string[] =>
  JSON.stringify(answer).match(/(?<![\w-])[0-9a-z]{4}(-[0-9a-z]{4}){3}(?![\w-])/gi) ?? [];

const maskOf = (code: string): string => `${code.slice(0, 4)}-****-****-****`;

/** The only procedures whose answers contain codes. */
const showing = [
  'admin.audit.list',
  'admin.claim.browse',
  'admin.claim.export',
  'admin.claim.faults',
  'admin.claim.find',
].concat([...['admin.claim.list', 'admin.claim.show', 'admin.claim.verify']]);

it('every admin procedure has an input in this file', () => {
  expect(Object.keys(asked).toSorted()).toEqual(procedures.map(({ path }) => path).toSorted());
});

describe.each(procedures)('$path', (procedure) => {
  it('answers a viewer without any code', async () => {
    for (const input of asked[procedure.path]?.(sale) ?? []) {
      const { status, data, error } = await ask(api, 'viewer', procedure, input);
      expect([200, 403]).toContain(status);
      expect({ input, codes: codesIn({ data, error }) }).toEqual({ input, codes: [] });
    }
  });
});

describe.each(showing)('%s', (path) => {
  const procedure = procedures.find((each) => each.path === path) ?? { path, kind: 'query' };

  it('shows an operator whole codes, and a viewer the same codes masked', async () => {
    const seen = { operator: [] as string[], viewer: '' };
    for (const input of asked[path]?.(sale) ?? []) {
      seen.operator.push(...codesIn((await ask(api, 'operator', procedure, input)).data));
      seen.viewer += JSON.stringify((await ask(api, 'viewer', procedure, input)).data);
    }
    expect(seen.operator.length).toBeGreaterThan(0);
    for (const code of seen.operator) expect(seen.viewer).toContain(maskOf(code));
  });

  it('shows a viewer whole codes if VIEWER_SEES_CODES allows it', async () => {
    const seen: string[] = [];
    for (const input of asked[path]?.(openSale) ?? []) {
      seen.push(...codesIn((await ask(open, 'viewer', procedure, input)).data));
    }
    expect(seen.length).toBeGreaterThan(0);
  });
});

it('a viewer with an API key gets masked codes too', async () => {
  const { data } = await api.admin('admin').mutate('admin.apiKey.create', { name: 'board', role: 'viewer' });
  const response = await fetch(`${api.url}/trpc/admin.claim.find?input=${encodeURIComponent('{"userId":"kim"}')}`, {
    headers: { authorization: `Bearer ${(data as { key: string }).key}` },
  });
  const text = await response.text();
  expect(text).toContain(maskOf(sale.codes.kim));
  expect(codesIn(text)).toEqual([]);
});

it('a search for part of a code finds nothing, so a viewer can’t guess the rest group by group', async () => {
  const { eventId, codes } = sale;
  const viewer = api.admin('viewer');
  const first = codes.kim.slice(0, 4);
  for (const code of [first, maskOf(codes.kim), `${first}%`, `${first}-____-____-____`, codes.kim.slice(0, 14)]) {
    const { status, error } = await viewer.mutate('admin.claim.show', { eventId, code });
    expect({ status, reason: error?.data.issues }).toMatchObject({ status: 400, reason: [{ path: ['code'] }] });
  }
});

it('a viewer who has a code can look up who it belongs to, with the code masked', async () => {
  const { eventId, codes } = sale;
  const { data } = await api.admin('viewer').mutate('admin.claim.show', { eventId, code: codes.kim });
  expect(data).toMatchObject({ state: 'persisted', claim: { userId: 'kim', serial: 1, code: maskOf(codes.kim) } });
  const evidence = { eventId, userId: 'kim', serial: 1, code: codes.kim };
  expect((await api.admin('viewer').mutate('admin.claim.verify', evidence)).data).toMatchObject({ standing: 'held' });
});

it('a stored text that is not one of our codes is masked completely', async () => {
  const { eventId } = sale;
  const at = new Date();
  const planted = {
    eventId,
    round: 1,
    serial: 8,
    userId: 'odd',
    code: 'SECRETCODE123',
    claimedAt: at,
    persistedAt: at,
  };
  await api.platform.stores.db.claim.create({ data: planted });
  const find = (role: string) => api.admin(role).query('admin.claim.find', { userId: 'odd' });
  expect((await find('viewer')).data).toMatchObject([{ code: '****-****-****-****' }]);
  expect((await find('operator')).data).toMatchObject([{ code: 'SECRETCODE123' }]);
});

it('the audit trail records for every lookup whether the codes were masked', async () => {
  const { eventId } = await openSaleOf(api);
  for (const role of ['viewer', 'operator']) {
    await api.admin(role).query('admin.claim.find', { userId: 'kim', eventId });
    await api.admin(role).query('admin.claim.browse', { eventId });
    await api.admin(role).query('admin.claim.list', { eventId });
    await api.admin(role).query('admin.claim.export', { eventId });
    await api.admin(role).mutate('admin.claim.show', { eventId, serial: 1 });
  }
  const { data } = await api.admin('viewer').query('admin.audit.list', { eventId });
  const { entries } = data as { entries: { action: string; role: string; after: { codes?: string } }[] };
  const looks = entries.filter(({ after }) => after.codes !== undefined).reverse();
  const names = ['claim.find', 'claim.browse', 'claim.list', 'claim.export', 'claim.show'];
  expect(looks.map(({ action, role, after }) => [action, role, after.codes])).toEqual([
    ...names.map((action) => [action, 'viewer', 'masked']),
    ...names.map((action) => [action, 'operator', 'shown']),
  ]);
});

it('the audit trail shows a viewer no code that an operator wrote into an event', async () => {
  const { eventId, codes } = await openSaleOf(api);
  await api.admin('operator').mutate('admin.event.update', { eventId, description: `Not for ${codes.kim}` });
  const trail = async (role: string) =>
    JSON.stringify((await api.admin(role).query('admin.audit.list', { eventId, action: 'event.update' })).data);
  expect(await trail('operator')).toContain(`Not for ${codes.kim}`);
  expect(await trail('viewer')).toContain(`Not for ${maskOf(codes.kim)}`);
});

it('the audit trail also masks a code between dashes, but leaves a UUID unchanged', async () => {
  const { eventId, codes } = await openSaleOf(api);
  const uuid = '550e8400-e29b-41d4-a716-446655440000';
  const reason = `ticket-${codes.kim}-lost, ${codes.lee}--twice, job ${uuid}`;
  await api.admin('operator').mutate('admin.event.update', { eventId, description: 'Shorter', reason });
  const { data } = await api.admin('viewer').query('admin.audit.list', { eventId, action: 'event.update', limit: 1 });
  expect(data).toMatchObject({
    entries: [{ reason: `ticket-${maskOf(codes.kim)}-lost, ${maskOf(codes.lee)}--twice, job ${uuid}` }],
  });
});

it('an export and admin.whoami say whether codes are masked', async () => {
  const { eventId } = sale;
  for (const [at, event, role, seesCodes] of [
    [api, eventId, 'viewer', false],
    [api, eventId, 'operator', true],
    [open, openSale.eventId, 'viewer', true],
  ] as const) {
    expect((await at.admin(role).query('admin.whoami')).data).toMatchObject({ role, seesCodes });
    const { data } = await at.admin(role).query('admin.claim.export', { eventId: event });
    expect(data).toMatchObject({ round: 1, codes: seesCodes ? 'shown' : 'masked' });
  }
});

it('users see their own codes whole, whatever their role', async () => {
  const { eventId, codes } = sale;
  expect((await api.user('kim').query('claim.mine', { eventId })).data).toMatchObject({ code: codes.kim });
  const { data } = await api.admin('viewer').mutate('claim.submit', { eventId });
  expect(codesIn(data)).toHaveLength(1);
});

it('the queue dashboard, the metrics and the readiness contain no code', async () => {
  const session = await fetch(`${api.url}/admin/session`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ token: adminToken('viewer') }),
  });
  expect(session.status).toBe(204);
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await expect
    .poll(async () => (await api.platform.stores.redis.system.client.keys('*drain*')).length)
    .toBeGreaterThan(0);
  const shown = await Promise.all(
    ['/admin/queues/api/queues?jobsPerPage=100', '/metrics', '/readyz'].map(async (path) => {
      const response = await fetch(`${api.url}${path}`, { headers: { cookie } });
      return { path, status: response.status, codes: codesIn(await response.text()) };
    }),
  );
  expect(shown.map(({ codes }) => codes)).toEqual([[], [], []]);
  expect(shown[0]).toMatchObject({ status: 200 });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from '../../api/router.ts';
import { callerAt } from './call.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, signToken, userToken } from './tokens.ts';

/** The API alone, without core, decides who may call which procedure. */

const strangers = ['nobody', 'bad key', 'expired key', 'revoked key'] as const;
const people = ['user', 'unknown role', 'viewer', 'operator', 'admin'] as const;
const machines = ['viewer key', 'operator key', 'admin key'] as const;
type Who = (typeof strangers)[number] | (typeof people)[number] | (typeof machines)[number];

const everybody: Who[] = [...strangers, ...people, ...machines];
const users: Who[] = [...people];
const viewers: Who[] = ['viewer', 'operator', 'admin', ...machines];
const operators: Who[] = ['operator', 'admin', 'operator key', 'admin key'];
const admins: Who[] = ['admin', 'admin key'];

const change = { eventId: 'open' };
const created = { name: 'Sale', amount: 1, stock: 1, opensAt: '2099-01-01T00:00:00Z' };

const rules: Record<string, { kind: 'query' | 'mutate'; input: unknown; allowed: Who[] }> = {
  'clock.get': { kind: 'query', input: {}, allowed: everybody },
  'event.list': { kind: 'query', input: {}, allowed: everybody },
  'event.get': { kind: 'query', input: change, allowed: everybody },
  'claim.submit': { kind: 'mutate', input: change, allowed: users },
  'claim.mine': { kind: 'query', input: change, allowed: users },
  'claim.list': { kind: 'query', input: {}, allowed: users },
  'line.join': { kind: 'mutate', input: change, allowed: users },
  'line.status': { kind: 'query', input: change, allowed: users },
  'line.leave': { kind: 'mutate', input: change, allowed: users },
  'line.serving': { kind: 'query', input: change, allowed: everybody },
  'line.entries': { kind: 'query', input: change, allowed: everybody },
  'admin.line.get': { kind: 'query', input: change, allowed: viewers },
  'admin.whoami': { kind: 'query', input: {}, allowed: viewers },
  'admin.event.list': { kind: 'query', input: {}, allowed: viewers },
  'admin.event.search': { kind: 'query', input: {}, allowed: viewers },
  'admin.event.get': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.find': { kind: 'query', input: { userId: 'kim' }, allowed: viewers },
  'admin.claim.browse': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.list': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.export': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.faults': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.settleFault': { kind: 'mutate', input: { ...change, id: 1, reason: 'why' }, allowed: operators },
  'admin.claim.show': { kind: 'mutate', input: { ...change, serial: 1 }, allowed: viewers },
  'admin.claim.verify': {
    kind: 'mutate',
    input: { ...change, userId: 'kim', serial: 1, code: 'W45C-J29D-N8GV-9WM9' },
    allowed: viewers,
  },
  'admin.claim.restore': {
    kind: 'mutate',
    input: { ...change, userId: 'kim', serial: 1, code: 'W45C-J29D-N8GV-9WM9' },
    allowed: operators,
  },
  'admin.metrics.export': { kind: 'query', input: {}, allowed: viewers },
  'admin.sale.get': { kind: 'query', input: change, allowed: viewers },
  'admin.audit.list': { kind: 'query', input: {}, allowed: viewers },
  'admin.apiKey.create': { kind: 'mutate', input: { name: 'ci', role: 'viewer' }, allowed: admins },
  'admin.apiKey.list': { kind: 'query', input: {}, allowed: admins },
  'admin.apiKey.revoke': { kind: 'mutate', input: { id: 'k1' }, allowed: admins },
  'admin.event.create': { kind: 'mutate', input: created, allowed: operators },
  'admin.event.update': { kind: 'mutate', input: { ...change, name: 'New' }, allowed: operators },
  'admin.event.pause': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.resume': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.close': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.reset': { kind: 'mutate', input: { ...change, confirm: 'Event open' }, allowed: admins },
  'admin.event.approve': { kind: 'mutate', input: { ...change, version: 1 }, allowed: admins },
  'admin.reconcile': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.topUp': { kind: 'mutate', input: { ...change, add: 5 }, allowed: operators },
};

const tokenOf: Record<Who, string | undefined> = {
  nobody: undefined,
  user: userToken('kim'),
  'unknown role': signToken({ sub: 'kim', role: 'superuser', exp: Math.floor(Date.now() / 1_000) + 600 }),
  viewer: adminToken('viewer'),
  operator: adminToken('operator'),
  admin: adminToken('admin'),
  'bad key': 'fcfs_nonsense',
  'expired key': 'fcfs_expired',
  'revoked key': 'fcfs_revoked',
  'viewer key': 'fcfs_viewer',
  'operator key': 'fcfs_operator',
  'admin key': 'fcfs_admin',
};

/**
 * Procedures for users refuse any key, even an invalid one, with 403. All other procedures treat an invalid key like a
 * missing token: 401.
 */
const isStranger = (who: Who, path: string): boolean =>
  who === 'nobody' || (!/^(claim|line)\./.test(path) && (strangers as readonly Who[]).includes(who));

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

it('every procedure has a rule for who may call it', () => {
  expect(Object.keys(rules).toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});

describe.each(Object.entries(rules))('the procedure %s', (path, { kind, input, allowed }) => {
  it.each(everybody)('answers %s as its rule says', async (who) => {
    api.core.calls.splice(0);
    const reply = await callerAt(api.url, tokenOf[who])[kind](path, input);
    if (allowed.includes(who)) {
      expect(reply).toMatchObject({ status: 200, error: undefined });
      return;
    }
    const strange = isStranger(who, path);
    const code = strange ? 'UNAUTHORIZED' : 'FORBIDDEN';
    expect(reply).toMatchObject({ status: strange ? 401 : 403, error: { data: { code, path } } });
    expect(reply.headers.get('www-authenticate')).toBe(strange ? 'Bearer' : null);
    expect(api.core.calls).toEqual([]);
  });

  it('checks the token before the input', async () => {
    const reply = await callerAt(api.url)[kind](path, { eventId: '?' });
    expect(reply.status).toBe(
      allowed.includes('nobody') ? (['event.list', 'clock.get'].includes(path) ? 200 : 400) : 401,
    );
  });
});

it('a change reaches core with the name of the admin who made it', async () => {
  api.core.calls.splice(0);
  await callerAt(api.url, adminToken('operator')).mutate('admin.event.pause', { ...change, actor: undefined });
  expect(api.core.calls).toEqual([
    { name: 'pause', input: change, actor: { name: 'the-operator', role: 'operator', door: 'api' } },
  ]);
});

it('a change by a machine reaches core with the name and the id of its API key', async () => {
  api.core.calls.splice(0);
  await callerAt(api.url, 'fcfs_operator').mutate('admin.event.pause', change);
  expect(api.core.calls).toEqual([
    {
      name: 'pause',
      input: change,
      actor: { name: 'key:the-operator', keyId: 'operator', role: 'operator', door: 'api' },
    },
  ]);
});

it('a caller with a token never reaches core as a machine', async () => {
  api.core.calls.splice(0);
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const token = signToken({ sub: 'key:the-operator', role: 'admin', exp });
  const reply = await callerAt(api.url, token).mutate('admin.event.pause', change);
  expect(reply).toMatchObject({ status: 403, error: { message: expect.stringContaining('key:') as string } });
  expect(api.core.calls).toEqual([]);
  expect((await callerAt(api.url, token).mutate('claim.submit', change)).status).toBe(200);
});

it('a call with an API key is answered 503, not 401, while MySQL is down, because a client would discard a key after a 401', async () => {
  const reply = await callerAt(api.url, 'fcfs_unavailable').query('admin.event.list', {});
  expect(reply).toMatchObject({ status: 503, error: { data: { reason: 'unavailable' } } });
  expect(reply.headers.get('retry-after')).toBe('1');
});

it('a claim procedure refuses an API key, because claims are for users', async () => {
  const reply = await callerAt(api.url, 'fcfs_admin').mutate('claim.submit', change);
  expect(reply.error?.message).toMatch(/^An API key is not a user/);
});

it('a change reaches core with its reason', async () => {
  for (const [path, input] of [
    ['admin.event.pause', change],
    ['admin.event.create', created],
    ['admin.reconcile', change],
  ] as const) {
    api.core.calls.splice(0);
    await callerAt(api.url, adminToken('operator')).mutate(path, { ...input, reason: 'as agreed' });
    expect(api.core.calls).toMatchObject([{ actor: { name: 'the-operator', reason: 'as agreed' } }]);
  }
});

it('any caller can ask who they are, what time it is, and what the rules are', async () => {
  await using strict = await openTestApi({
    rules: { approvals: { amount: 50_000, stock: null }, seedLeadMs: 30_000, codes: { viewerSeesCodes: false } },
  });
  expect(await callerAt(strict.url, adminToken('viewer')).query('admin.whoami')).toMatchObject({
    data: {
      ...{ name: 'the-viewer', role: 'viewer', serverTime: '2026-09-01T01:00:00.000Z' },
      ...{ approvalAbove: { amount: 50_000, stock: null }, seedLead: 30, seesCodes: false },
    },
  });
});

it('a public procedure works even with a bad token', async () => {
  expect((await callerAt(api.url, 'nonsense').query('event.list')).status).toBe(200);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter } from '../../api/router.ts';
import { callerAt } from './call.ts';
import { openTestApi, type TestApi } from './test-server.ts';
import { adminToken, signToken, userToken } from './tokens.ts';

/** Who may call what. Core takes no part in it. */

type Who = 'nobody' | 'user' | 'unknown role' | 'viewer' | 'operator' | 'admin';

const everybody: Who[] = ['nobody', 'user', 'unknown role', 'viewer', 'operator', 'admin'];
const users: Who[] = everybody.filter((who) => who !== 'nobody');
const viewers: Who[] = ['viewer', 'operator', 'admin'];
const operators: Who[] = ['operator', 'admin'];

const change = { eventId: 'open' };
const created = { name: 'Sale', amount: 1, stock: 1, opensAt: '2099-01-01T00:00:00Z' };

const rules: Record<string, { kind: 'query' | 'mutate'; input: unknown; allowed: Who[] }> = {
  'clock.get': { kind: 'query', input: {}, allowed: everybody },
  'event.list': { kind: 'query', input: {}, allowed: everybody },
  'event.get': { kind: 'query', input: change, allowed: everybody },
  'claim.submit': { kind: 'mutate', input: change, allowed: users },
  'claim.mine': { kind: 'query', input: change, allowed: users },
  'claim.list': { kind: 'query', input: {}, allowed: users },
  'admin.event.list': { kind: 'query', input: {}, allowed: viewers },
  'admin.event.get': { kind: 'query', input: change, allowed: viewers },
  'admin.claim.find': { kind: 'query', input: { userId: 'kim' }, allowed: viewers },
  'admin.claim.list': { kind: 'query', input: change, allowed: viewers },
  'admin.event.create': { kind: 'mutate', input: created, allowed: operators },
  'admin.event.update': { kind: 'mutate', input: { ...change, name: 'New' }, allowed: operators },
  'admin.event.pause': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.resume': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.close': { kind: 'mutate', input: change, allowed: operators },
  'admin.event.reset': { kind: 'mutate', input: { ...change, confirm: 'Event open' }, allowed: ['admin'] },
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
};

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

it('every procedure has its rule', () => {
  expect(Object.keys(rules).toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted());
});

describe.each(Object.entries(rules))('%s', (path, { kind, input, allowed }) => {
  it.each(everybody)('for %s', async (who) => {
    api.core.calls.splice(0);
    const reply = await callerAt(api.url, tokenOf[who])[kind](path, input);
    if (allowed.includes(who)) {
      expect(reply).toMatchObject({ status: 200, error: undefined });
      return;
    }
    const code = who === 'nobody' ? 'UNAUTHORIZED' : 'FORBIDDEN';
    expect(reply).toMatchObject({ status: who === 'nobody' ? 401 : 403, error: { data: { code, path } } });
    expect(reply.headers.get('www-authenticate')).toBe(who === 'nobody' ? 'Bearer' : null);
    expect(api.core.calls).toEqual([]);
  });

  it('asks for the token before it looks at the input', async () => {
    const reply = await callerAt(api.url)[kind](path, { eventId: '?' });
    expect(reply.status).toBe(
      allowed.includes('nobody') ? (['event.list', 'clock.get'].includes(path) ? 200 : 400) : 401,
    );
  });
});

it('a change is told to core with who made it', async () => {
  api.core.calls.splice(0);
  await callerAt(api.url, adminToken('operator')).mutate('admin.event.pause', { ...change, actor: undefined });
  expect(api.core.calls).toEqual([
    { name: 'pause', input: change, actor: { name: 'the-operator', role: 'operator', door: 'api' } },
  ]);
});

it('a bad token does not keep anybody from what is public', async () => {
  expect((await callerAt(api.url, 'nonsense').query('event.list')).status).toBe(200);
});

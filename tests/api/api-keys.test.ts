import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { findApiKey } from '../../core/access/api-key-rows.ts';
import { makeApiKey, readApiKey, writeApiKey } from '../../core/access/api-key.ts';
import { createKeyCheck, type KeyCheck } from '../../core/access/key-check.ts';
import { openDb, type Db } from '../../core/mysql/open-db.ts';
import { createLog } from '../../core/runtime/log.ts';
import type { createdApiKeyOutput } from '../../core/wire/api-key-wire.ts';
import { startApi, tokenOf } from '../support/system.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { createTestStores } from '../support/test-stores.ts';
import { waitFor } from '../support/wait-for.ts';
import { callerAt, type Reply } from './call.ts';
import { openRealApi, type RealApi } from './real-server.ts';
import { openTestApi } from './test-server.ts';

type Created = z.output<typeof createdApiKeyOutput>;

const dayMs = 86_400_000;
const log = createLog('api', 'silent');

let api: RealApi;
let db: Db;
let names = 0;

beforeAll(async () => {
  api = await openRealApi();
  ({ db } = api.platform.stores);
});
afterAll(() => api[Symbol.asyncDispose]());

const freshName = (): string => `machine-${(names += 1)}`;
const ask = (input: Record<string, unknown> = {}): Promise<Reply> =>
  api.admin('admin').mutate('admin.apiKey.create', { name: freshName(), role: 'operator', ...input });

async function create(input: Record<string, unknown> = {}): Promise<Created> {
  const reply = await ask(input);
  expect(reply).toMatchObject({ status: 200, error: undefined });
  return reply.data as Created;
}

const revoke = (id: string, input: Record<string, unknown> = {}): Promise<Reply> =>
  api.admin('admin').mutate('admin.apiKey.revoke', { id, ...input });

const whoami = (key: string, url = api.url): Promise<Reply> => callerAt(url, key).query('admin.whoami');

const listed = async (id: string): Promise<Record<string, unknown> | undefined> => {
  const { data } = await api.admin('admin').query('admin.apiKey.list');
  return (data as Record<string, unknown>[]).find((key) => key['id'] === id);
};

describe('making an API key', () => {
  it('shows the key once, and calls with the key then have its role', async () => {
    const created = await create({ name: 'scheduler', role: 'operator' });
    expect(created).toMatchObject({
      ...{ name: 'scheduler', role: 'operator', state: 'live', createdBy: 'the-admin' },
      ...{ lastUsedAt: null, revokedAt: null, key: expect.stringMatching(/^fcfs_/) as string },
    });
    const machine = callerAt(api.url, created.key);
    expect(await machine.query('admin.whoami')).toMatchObject({ data: { name: 'key:scheduler', role: 'operator' } });
    const event = { name: 'Sale', amount: 1, stock: 1, opensAt: '2099-01-01T00:00:00Z' };
    const { data } = await machine.mutate('admin.event.create', event);
    const { id } = data as { id: string };
    expect(await machine.mutate('admin.event.reset', { eventId: id, confirm: 'Sale' })).toMatchObject({ status: 403 });
    const [entry] = await db.auditEntry.findMany({ where: { eventId: id } });
    expect(entry).toMatchObject({ actor: 'key:scheduler', role: 'operator', door: 'api', action: 'event.create' });
    expect(await listed(created.id)).not.toHaveProperty('key');
  });

  it('is possible with an API key, and the new keys outlive that key', async () => {
    const parent = await create({ role: 'admin' });
    const reply = await callerAt(api.url, parent.key).mutate('admin.apiKey.create', { name: 'child', role: 'viewer' });
    expect(reply.data).toMatchObject({ createdBy: `key:${parent.name}` });
    const row = await db.apiKey.findUnique({ where: { id: (reply.data as Created).id } });
    expect(row).toMatchObject({ createdByKey: parent.id });
    const [entry] = await db.auditEntry.findMany({ where: { actor: `key:${parent.name}` } });
    expect(entry).toMatchObject({ action: 'key.create', keyId: parent.id });
    await revoke(parent.id);
    expect(await whoami((reply.data as Created).key)).toMatchObject({ data: { name: 'key:child', role: 'viewer' } });
  });

  it('leaves an audit row that says who made the key, why, and when the key expires', async () => {
    const { id, name } = await create({ requestId: 'audited-1', reason: 'nightly tests' });
    const [entry] = await db.auditEntry.findMany({ where: { requestId: 'audited-1' } });
    expect(entry).toMatchObject({
      ...{
        actor: 'the-admin',
        role: 'admin',
        door: 'api',
        action: 'key.create',
        reason: 'nightly tests',
        before: null,
      },
      after: { id, name, role: 'operator', createdBy: 'the-admin', revokedAt: null },
    });
  });

  it.each([
    [{}, 90 * dayMs],
    [{ ttlSeconds: 60 }, 60_000],
    [{ ttlSeconds: (366 * dayMs) / 1_000 }, 366 * dayMs],
  ])('with %j sets its lifetime', async (input, ttlMs) => {
    const { createdAt, expiresAt } = await create(input);
    expect(Date.parse(expiresAt ?? '') - Date.parse(createdAt)).toBe(ttlMs);
  });

  it('sets the given expiry, or none if the caller asks for a key that never expires', async () => {
    const expiresAt = new Date(Date.now() + 7 * dayMs).toISOString();
    expect(await create({ expiresAt })).toMatchObject({ expiresAt });
    expect(await create({ expiresAt: null })).toMatchObject({ expiresAt: null, state: 'live' });
  });

  it.each([
    [{ name: undefined }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: '-x' }, 'name'],
    [{ name: 'two words' }, 'name'],
    [{ name: '이름' }, 'name'],
    [{ name: 'x'.repeat(65) }, 'name'],
    [{ role: undefined }, 'role'],
    [{ role: 'root' }, 'role'],
    [{ ttlSeconds: 0 }, 'ttlSeconds'],
    [{ ttlSeconds: 1.5 }, 'ttlSeconds'],
    [{ ttlSeconds: 367 * 86_400 }, 'ttlSeconds'],
    [{ ttlSeconds: 1e300 }, 'ttlSeconds'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: '2999-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ ttlSeconds: 60, expiresAt: null }, 'ttlSeconds'],
    [{ requestId: 'two words' }, 'requestId'],
    [{ id: 'mine' }, 'id'],
  ])('is refused with %j', async (input, field) => {
    const reply = await ask(input);
    expect(reply).toMatchObject({ status: 400, error: { data: { issues: [{ path: [field] }] } } });
  });

  it('is refused while another key has the same name, but works once that key is revoked or has expired', async () => {
    const { id, name } = await create();
    expect(await ask({ name })).toMatchObject({
      status: 409,
      error: { message: expect.stringContaining(`There is already an API key named ${name}`) as string },
    });
    await revoke(id);
    const second = await create({ name });
    await db.apiKey.update({ where: { id: second.id }, data: { expiresAt: new Date(Date.now() - 60_000) } });
    await create({ name });
    expect(await ask({ name })).toMatchObject({ status: 409 });
  });

  it('leaves one key if ten calls at once use the same name', async () => {
    const name = freshName();
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask({ name })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(9).fill(409)]);
    expect(await db.apiKey.count({ where: { name } })).toBe(1);
  });

  it("makes one key if a requestId is used twice, and the second answer says that the key can't be shown again", async () => {
    const input = { name: freshName(), requestId: 'once-1' };
    const { id } = await create(input);
    const again = await ask(input);
    expect(again).toMatchObject({ status: 409, error: { data: { code: 'CONFLICT' } } });
    expect(again.error?.message).toContain(`has already created the API key ${id}, and a key is shown only once`);
    expect(again.error?.message).not.toContain('fcfs_');
    expect(await ask({ ...input, role: 'viewer' })).toMatchObject({
      error: { message: expect.stringContaining('was used for something else') as string },
    });
    expect(await db.apiKey.count({ where: { name: input.name } })).toBe(1);
    // This is how a caller repeats a call whose first answer got lost.
    expect(await revoke(id)).toMatchObject({ status: 200 });
    await create({ ...input, requestId: 'once-2' });
  });

  it('leaves one key if ten calls at once use the same requestId', async () => {
    const input = { name: freshName(), requestId: 'at-once' };
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(input)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await db.apiKey.count({ where: { name: input.name } })).toBe(1);
    expect(await db.auditEntry.count({ where: { requestId: 'at-once' } })).toBe(1);
  });
});

describe('an API key that makes another key', () => {
  const askWith = ({ key }: Created, input: Record<string, unknown>): Promise<Reply> =>
    callerAt(api.url, key).mutate('admin.apiKey.create', { name: freshName(), role: 'viewer', ...input });
  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

  it.each([
    ['with its own role', { role: 'admin' }, 'with the role admin'],
    ['that never expires', { expiresAt: null }, 'never expires'],
    ['that expires after its own expiry', { expiresAt: inMs(11 * dayMs) }, 'outlives it'],
    ['whose time to live ends after its own expiry', { ttlSeconds: 11 * 86_400 }, 'outlives it'],
  ])('can’t make a key %s', async (_what, input, why) => {
    const maker = await create({ role: 'admin', ttlSeconds: 10 * 86_400 });
    const before = await db.apiKey.count();
    const reply = await askWith(maker, input);
    expect(reply).toMatchObject({ status: 403, error: { data: { code: 'FORBIDDEN' } } });
    expect(reply.error?.message).toContain(why);
    expect(await db.apiKey.count()).toBe(before);
  });

  it('can’t make a key that never expires, even if it has no expiry itself', async () => {
    const maker = await create({ role: 'admin', expiresAt: null });
    expect(await askWith(maker, { expiresAt: null })).toMatchObject({ status: 403 });
    expect(await askWith(maker, { ttlSeconds: (366 * dayMs) / 1_000 })).toMatchObject({ status: 200 });
  });

  it('gives the new key its own expiry if the call names no expiry', async () => {
    const maker = await create({ role: 'admin', ttlSeconds: 10 * 86_400 });
    expect(await askWith(maker, {})).toMatchObject({ data: { role: 'viewer', expiresAt: maker.expiresAt } });
    expect(await askWith(maker, { role: 'operator', ttlSeconds: 60 })).toMatchObject({ data: { role: 'operator' } });
  });

  it('is refused even in the seconds before a process learns of its revocation', async () => {
    const maker = await create({ role: 'admin' });
    expect(await whoami(maker.key)).toMatchObject({ status: 200 });
    await db.apiKey.update({ where: { id: maker.id }, data: { revokedAt: new Date() } });
    expect([401, 403]).toContain((await askWith(maker, {})).status);
    expect(await db.apiKey.count({ where: { createdByKey: maker.id } })).toBe(0);
  });

  it('is refused even by a process that still has it cached, if a restored MySQL no longer has the key', async () => {
    const maker = await create({ role: 'admin' });
    expect(await whoami(maker.key)).toMatchObject({ status: 200 });
    await db.apiKey.delete({ where: { id: maker.id } });
    const before = await db.apiKey.count();
    expect([401, 403]).toContain((await askWith(maker, { role: 'admin', expiresAt: null })).status);
    expect(await db.apiKey.count()).toBe(before);
  });
});

describe('revoking an API key with cascade', () => {
  const childOf = async (maker: Created, input: Record<string, unknown> = {}): Promise<Created> => {
    const made = await create({ role: 'admin', ...input });
    await db.apiKey.update({
      where: { id: made.id },
      data: { createdBy: `key:${maker.name}`, createdByKey: maker.id },
    });
    return made;
  };

  it('revokes every key that descends from it, at any depth and through revoked keys, each with an audit row, and no other key', async () => {
    const root = await create({ role: 'admin' });
    const [child, gone, stranger] = [await childOf(root), await childOf(root), await create()];
    const [deep, deeper] = [await childOf(gone), await childOf(child)];
    await revoke(gone.id);
    await using other = await openTestApi({ apiKeys: createKeyCheck(db, log) });
    const family = [root, child, deep, deeper];
    for (const { key } of family) expect(await whoami(key, other.url)).toMatchObject({ status: 200 });

    const reply = await revoke(root.id, { cascade: true, requestId: 'cascade-1', reason: 'leaked' });
    const others = [child, deep, deeper].map(({ id, name }) => ({ id, name }));
    expect(reply).toMatchObject({ status: 200, data: { id: root.id, state: 'revoked' } });
    const { alsoRevoked } = reply.data as { alsoRevoked: { id: string; name: string }[] };
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(alsoRevoked.toSorted(byId)).toEqual(others.toSorted(byId));

    for (const { key } of family) {
      for (const url of [api.url, other.url]) {
        const refused = async () => (await whoami(key, url)).status === 401;
        await waitFor(refused, { what: 'the revoked keys to be refused' });
      }
    }
    expect(await whoami(stranger.key)).toMatchObject({ status: 200 });
    const entries = await db.auditEntry.findMany({ where: { requestId: 'cascade-1' } });
    expect(entries.map(({ after }) => (after as { id: string }).id).toSorted()).toEqual(
      family.map(({ id }) => id).toSorted(),
    );
    for (const entry of entries) expect(entry).toMatchObject({ action: 'key.revoke', reason: 'leaked' });

    const again = await revoke(root.id, { cascade: true, requestId: 'cascade-1', reason: 'leaked' });
    expect(again.data).toEqual(reply.data);
    expect(await revoke(root.id, { cascade: true })).toMatchObject({ data: { alsoRevoked: [] } });
  });

  it('also revokes the descendants of a key that was already revoked without cascade', async () => {
    const root = await create({ role: 'admin' });
    const child = await childOf(root);
    expect((await revoke(root.id)).data).not.toHaveProperty('alsoRevoked');
    expect(await revoke(root.id, { cascade: true })).toMatchObject({
      data: { alsoRevoked: [{ id: child.id, name: child.name }] },
    });
  });

  it('also revokes a key that is being made at the same moment', async () => {
    const root = await create({ role: 'admin' });
    const machine = callerAt(api.url, root.key);
    expect(await machine.query('admin.whoami')).toMatchObject({ status: 200 });
    const making = Array.from({ length: 12 }, () =>
      machine.mutate('admin.apiKey.create', { name: freshName(), role: 'viewer' }),
    );
    const [revoked, ...made] = await Promise.all([revoke(root.id, { cascade: true }), ...making]);
    expect(revoked).toMatchObject({ status: 200 });
    for (const { status } of made) expect([200, 401, 403, 429, 503]).toContain(status);
    expect(await db.apiKey.count({ where: { createdByKey: root.id, revokedAt: null } })).toBe(0);
  });
});

describe('an invalid API key', () => {
  it('is refused by every process within seconds of its revocation, and stays refused', async () => {
    const { id, key } = await create();
    await using other = await openTestApi({ apiKeys: createKeyCheck(db, log) });
    for (const url of [api.url, other.url]) expect(await whoami(key, url)).toMatchObject({ status: 200 });
    expect(await revoke(id)).toMatchObject({ data: { id, state: 'revoked' } });
    for (const url of [api.url, other.url]) {
      const refused = async () => {
        const reply = await whoami(key, url);
        return reply.status !== 200 && reply;
      };
      expect(await waitFor(refused, { what: 'the revoked key to be refused' })).toMatchObject({
        ...{ status: 401, error: { message: 'The API key was revoked.', data: { code: 'UNAUTHORIZED' } } },
      });
    }
    expect((await whoami(key)).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('may be revoked twice; the second time changes nothing, and there is one audit row', async () => {
    const { id } = await create();
    const first = await revoke(id, { reason: 'leaked' });
    expect((await revoke(id)).data).toEqual(first.data);
    const entries = await db.auditEntry.findMany({ where: { action: 'key.revoke' } });
    const mine = entries.filter(({ after }) => (after as { id: string }).id === id);
    expect(mine).toMatchObject([{ actor: 'the-admin', reason: 'leaked', before: { revokedAt: null } }]);
    expect(mine[0]?.after).toMatchObject({ revokedAt: (first.data as Created).revokedAt });
  });

  it('may be revoked by several callers at once', async () => {
    const { id } = await create();
    const replies = await Promise.all(Array.from({ length: 8 }, () => revoke(id)));
    expect(new Set(replies.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    const entries = await db.auditEntry.findMany({ where: { action: 'key.revoke' } });
    expect(entries.filter(({ after }) => (after as { id: string }).id === id)).toHaveLength(1);
  });

  it('is not revoked by a call that misspells its id; that call is answered NOT_FOUND', async () => {
    expect(await revoke('nobody')).toMatchObject({ status: 404 });
    expect(await revoke('no such id!')).toMatchObject({ status: 400 });
    const { id } = await create();
    const swapped = id.replace(/[a-z]/i, (char) =>
      char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase(),
    );
    if (swapped !== id) expect(await revoke(swapped)).toMatchObject({ status: 404 });
  });

  it('is refused once it has expired, even if the process has it cached', async () => {
    const { id, key } = await create({ ttlSeconds: 1 });
    const expired = async () => {
      const reply = await whoami(key);
      return reply.status !== 200 && reply;
    };
    expect(await waitFor(expired, { what: 'the key to expire' })).toMatchObject({
      ...{ status: 401, error: { message: expect.stringContaining('The API key has expired.') as string } },
    });
    expect(await listed(id)).toMatchObject({ state: 'expired' });
  });

  it('is reported as invalid, without a reason, unless the caller sent the whole key', async () => {
    const { id, key } = await create();
    await revoke(id);
    const { key: stranger } = makeApiKey();
    const wrongSecret = forged(key);
    for (const bad of [
      'fcfs_',
      'fcfs_x',
      key.slice(0, -1),
      `${key}x`,
      stranger,
      wrongSecret,
      key.replace('fcfs', 'FCFS'),
    ]) {
      const reply = await whoami(bad);
      expect(reply).toMatchObject({ status: 401 });
      expect(reply.error?.message).toMatch(/not valid/);
      expect(JSON.stringify(reply)).not.toContain(bad.slice(5, 25) || 'nothing');
    }
  });

  it('is ignored if it is not sent as a Bearer token', async () => {
    const { key } = await create();
    expect((await fetch(`${api.url}/trpc/admin.whoami?key=${key}`)).status).toBe(401);
    expect((await fetch(`${api.url}/trpc/admin.whoami`, { headers: { 'x-api-key': key } })).status).toBe(401);
    expect((await fetch(`${api.url}/trpc/admin.whoami`, { headers: { authorization: `bearer ${key}` } })).status).toBe(
      200,
    );
  });
});

/** Asks a second process, which has its own copy of the keys. */
const checkerOn = (stored: Db): KeyCheck['check'] => {
  const keys = createKeyCheck(stored, log);
  return (key) => keys.check(key);
};

const forged = (key: string): string => writeApiKey({ ...makeApiKey(), id: readApiKey(key)?.id ?? '' });

describe('the last use of an API key', () => {
  it('is recorded after the caller has the answer', async () => {
    const { id, key } = await create();
    const beforeMs = Date.now();
    await whoami(key);
    const used = async () => (await listed(id))?.['lastUsedAt'];
    const usedAt = await waitFor(used, { what: 'the use to be recorded' });
    expect(Date.parse(String(usedAt))).toBeGreaterThanOrEqual(beforeMs);
  });

  it('is written at most once a minute by each process, and never moves back', async () => {
    const { id, key } = await create();
    let clockMs = Date.now();
    const check = createKeyCheck(db, log, () => clockMs);
    const noted = () => findApiKey(db, id).then((row) => row?.lastUsedAtMs ?? null);
    const notedAt = (ms: number) => waitFor(async () => (await noted()) === ms, { what: `a last use at ${ms}` });
    const start = clockMs;
    await check.check(key);
    await notedAt(start);
    clockMs += 59_999;
    for (let i = 0; i < 20; i += 1) await check.check(key);
    clockMs += 1;
    await check.check(key);
    await notedAt(start + 60_000);
    // A second process, whose clock is behind.
    const late = createKeyCheck(db, log, () => start + 30_000);
    expect(await late.check(key)).toMatchObject({ ok: true });
    clockMs += 60_000;
    await check.check(key);
    await notedAt(start + 120_000);
  });

  it('is not recorded for an invalid key', async () => {
    const { id, key } = await create();
    await revoke(id);
    const check = createKeyCheck(db, log);
    expect(await check.check(forged(key))).toEqual({ ok: false, why: 'unknown' });
    expect(await check.check(key)).toEqual({ ok: false, why: 'revoked' });
    const other = await create();
    await check.check(other.key);
    await waitFor(async () => (await listed(other.id))?.['lastUsedAt'], { what: 'the last use of the other key' });
    expect(await listed(id)).toMatchObject({ lastUsedAt: null });
  });
});

describe('the lookup of API keys in MySQL', () => {
  function counting(): { db: Db; readings: () => number } {
    let readings = 0;
    const counted = db.$extends({
      query: {
        $queryRaw: ({ args, query }) => {
          readings += 1;
          return query(args);
        },
      },
    });
    return { db: counted as unknown as Db, readings: () => readings };
  }

  it.each([
    ['a valid key', async () => (await create()).key, 200, 1],
    ['a wrong key', async () => forged((await create()).key), 401, 1],
    // A call that arrives while the process reads MySQL waits for the next read, because the current read may miss a
    // newer key. On a busy machine calls go on arriving, and each later read follows the previous one after 100 ms.
    ['a key that nobody made', () => Promise.resolve(makeApiKey().key), 401, 2, 100],
  ])(
    'happens rarely for %s, however often the key is sent',
    async (_name, keyOf, status, readingsMax, againMs = Infinity) => {
      const { db: counted, readings } = counting();
      await using other = await openTestApi({ apiKeys: createKeyCheck(counted, log) });
      const key = await keyOf();
      const startedMs = performance.now();
      const replies = await Promise.all(Array.from({ length: 40 }, () => whoami(key, other.url)));
      const tookMs = performance.now() - startedMs;
      expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([status]));
      expect(readings()).toBeGreaterThanOrEqual(1);
      expect(readings()).toBeLessThanOrEqual(readingsMax + Math.floor(tookMs / againMs));
    },
  );

  it('happens at most ten times a second, however many made-up keys arrive, and does not delay valid keys', async () => {
    const { db: counted, readings } = counting();
    const check = checkerOn(counted);
    const good = await create();
    await check(good.key);
    const startedMs = performance.now();
    const before = readings();
    const flood = Array.from({ length: 5_000 }, () => check(makeApiKey().key));
    let answered = 0;
    const over = Promise.all(flood).then((verdicts) => {
      answered = verdicts.length;
      return verdicts;
    });
    // A call with a known key is answered at once, although other calls arrived before it.
    expect(await check(good.key)).toMatchObject({ ok: true, id: good.id });
    expect(answered).toBe(0);
    expect(new Set((await over).map((verdict) => JSON.stringify(verdict)))).toEqual(
      new Set([JSON.stringify({ ok: false, why: 'unknown' })]),
    );
    expect(readings() - before).toBe(1);
    for (let wave = 0; wave < 20; wave += 1) {
      const more = Array.from({ length: 500 }, () => check(makeApiKey().key));
      if (wave === 10) expect(await check((await create()).key)).toMatchObject({ ok: true });
      await Promise.all(more);
      expect(await check(good.key)).toMatchObject({ ok: true });
    }
    const allowed = Math.ceil((performance.now() - startedMs) / 100) + 1;
    expect(readings() - before).toBeLessThanOrEqual(allowed);
  });

  it('does not delay valid keys while made-up keys arrive over HTTP', async () => {
    const good = await Promise.all(Array.from({ length: 5 }, () => create()));
    const stranger = () => whoami(makeApiKey().key).then(({ status }) => status);
    for (let wave = 0; wave < 4; wave += 1) {
      const strangers = Array.from({ length: 150 }, stranger);
      const machines = good.map(({ key }) => whoami(key).then(({ status }) => status));
      expect(await Promise.all(machines)).toEqual(good.map(() => 200));
      expect(new Set(await Promise.all(strangers))).toEqual(new Set([401]));
    }
  });

  it('does not happen in a process that receives no key', async () => {
    const { db: counted, readings } = counting();
    const check = checkerOn(counted);
    const good = await create();
    await check(good.key);
    await check(good.key);
    expect(readings()).toBe(1);
  });

  it('treats a key as unknown if only a newer version knows its role, and still finds the other keys', async () => {
    const [newer, good] = [await create(), await create()];
    await db.apiKey.update({ where: { id: newer.id }, data: { role: 'auditor' } });
    const check = checkerOn(db);
    expect(await check(newer.key)).toEqual({ ok: false, why: 'unknown' });
    expect(await check(good.key)).toMatchObject({ ok: true });
    await db.apiKey.delete({ where: { id: newer.id } });
  });

  it("does not happen for text that can't be a key, or for claims", async () => {
    const { db: counted, readings } = counting();
    await using other = await openTestApi({ apiKeys: createKeyCheck(counted, log) });
    const { key } = await create();
    expect(await whoami(key.slice(0, -1), other.url)).toMatchObject({ status: 401 });
    const claim = () => callerAt(other.url, key).mutate('claim.submit', { eventId: 'open' });
    expect(await claim()).toMatchObject({ status: 403, error: { data: { code: 'FORBIDDEN' } } });
    expect(readings()).toBe(0);
  });

  it('fails with 503 while MySQL is down: at once for an unknown key, and within seconds for a known key, which may have been revoked', async () => {
    await using proxy = await startTcpProxy(Number(new URL(api.stores.databaseUrl).port));
    const spoilt = openDb(proxy.through(api.stores.databaseUrl));
    const known = await create();
    await using other = await openTestApi({ apiKeys: createKeyCheck(spoilt, log) });
    expect(await whoami(known.key, other.url)).toMatchObject({ status: 200 });
    proxy.hold();
    // The process still knows the key for a few seconds, unless the machine is slow.
    expect([200, 503]).toContain((await whoami(known.key, other.url)).status);
    const unknown = await create();
    const replies = await Promise.all(
      [unknown, unknown, await create(), await create()].map(({ key }) => whoami(key, other.url)),
    );
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 503, error: { data: { code: 'SERVICE_UNAVAILABLE' } } });
      expect(reply.headers.get('retry-after')).toBe('1');
    }
    expect(replies[0]).toMatchObject({ error: { data: { reason: 'unavailable' } } });
    await revoke(known.id);
    const late = async () => {
      const reply = await whoami(known.key, other.url);
      return reply.status !== 200 && reply;
    };
    expect(await waitFor(late, { what: 'the copy of the keys to become too old' })).toMatchObject({
      ...{ status: 503, error: { data: { reason: 'unavailable' } } },
    });
    proxy.release();
    const back = async () => (await whoami(unknown.key, other.url)).status === 200;
    await waitFor(back, { what: 'the key to be valid again', limitMs: 20_000 });
    expect(await whoami(known.key, other.url)).toMatchObject({ status: 401 });
    await spoilt.$disconnect();
  });
});

it('an API key appears only in the answer to the call that made it, and in no log, table or other answer', async () => {
  await using stores = await createTestStores();
  await using process = await startApi({ ...stores, env: { LOG_LEVEL: 'trace' } });
  const admin = callerAt(process.url, tokenOf('root', 'admin'));
  const made = await admin.mutate('admin.apiKey.create', { name: 'ci', role: 'admin', requestId: 'r-1' });
  const { key, id } = made.data as Created;
  const { secret = '' } = readApiKey(key) ?? {};
  const machine = callerAt(process.url, key);
  const replies = [
    await admin.mutate('admin.apiKey.create', { name: 'ci', role: 'admin', requestId: 'r-1' }),
    await admin.mutate('admin.apiKey.create', { name: 'ci', role: 'admin' }),
    await admin.query('admin.apiKey.list'),
    await admin.query('admin.audit.list', {}),
    await machine.query('admin.whoami'),
    await machine.mutate('admin.event.pause', { eventId: 'nobody' }),
    await machine.mutate('admin.event.pause', { eventId: '?' }),
    await machine.mutate('claim.submit', { eventId: 'open' }),
    await admin.mutate('admin.apiKey.revoke', { id }),
  ];
  const direct = openDb(stores.databaseUrl);
  const rows = await everyRow(direct);
  await waitFor(() => process.process.output().includes('api_ready'), { what: 'the log line' });
  await direct.$disconnect();
  // The key's id is in rows and answers, so this search would find the key there too.
  expect(rows).toContain(id);
  const texts = { rows, log: process.process.output(), replies: JSON.stringify(replies) };
  for (const [where, text] of Object.entries(texts)) {
    for (const part of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64url')]) {
      expect({ where, found: text.includes(part) }).toEqual({ where, found: false });
    }
  }
});

/** All values in a database as text. Bytes appear both as hexadecimal and as the text that they encode. */
async function everyRow(direct: Db): Promise<string> {
  const tables = await direct.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`;
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await direct.$queryRawUnsafe<Record<string, unknown>[]>(`SELECT * FROM \`${name}\``);
    const values = rows.flatMap((row) => Object.values(row));
    for (const value of values) {
      if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('hex'), Buffer.from(value).toString());
      else texts.push(typeof value === 'string' ? value : (JSON.stringify(value, bigIntAsText) ?? ''));
    }
  }
  return texts.join('\n');
}

const bigIntAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

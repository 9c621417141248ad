import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFirstcomeClient, type RouterInputs } from '../../api/client/index.ts';
import { answered } from '../support/answered.ts';
import { someUsers, startApi, tokenOf, useDirect, useWorker, type ApiProcess } from '../support/system.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { useResource } from '../support/use-resource.ts';
import { useTestStores } from '../support/use-stores.ts';
import { waitFor } from '../support/wait-for.ts';

/** The waiting line over HTTP, with real processes. */
const stores = useTestStores();
const direct = useDirect(() => stores);
const worker = useWorker(() => stores);
const first = useResource('the first API', () => startApi(stores));
const second = useResource('the second API', () => startApi(stores));

const userAt = (api: ApiProcess, userId: string) => createFirstcomeClient({ url: api.url, token: tokenOf(userId) });
const operator = () => createFirstcomeClient({ url: first.url, token: tokenOf('operator', 'operator') });
/** A process loads much of its code at its first call, which may take longer than a caller waits. */
beforeAll(async () => {
  for (const api of [first, second]) await answered(() => userAt(api, 'kim').event.list.query());
});

const isoIn = (ms: number): string => new Date(Date.now() + ms).toISOString();

async function createLined(change: Partial<RouterInputs['admin']['event']['create']> = {}) {
  await first.client().clock.get.query();
  return operator().admin.event.create.mutate({
    ...{ name: 'Line sale', amount: 10_000, stock: 10, opensAt: isoIn(0), line: 'fifo' },
    ...change,
  });
}

async function rest(api: ApiProcess, method: string, path: string, userId?: string) {
  const headers = userId === undefined ? {} : { authorization: `Bearer ${tokenOf(userId)}` };
  const response = await fetch(`${api.url}/api/v1${path}`, { method, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('an event’s line', () => {
  it('has settings that everybody sees, and settings that only admins see', async () => {
    const lineOpensAt = isoIn(600_000);
    const { id } = await createLined({ opensAt: isoIn(3_600_000), lineOpensAt, admitPerSecond: 5, admitPercent: 120 });
    const seen = await answered(() => userAt(second, 'kim').event.get.query({ eventId: id }));
    expect(seen).toMatchObject({ line: 'fifo', lineOpensAt });
    expect(seen).not.toHaveProperty('admitPerSecond');
    const changed = await operator().admin.event.update.mutate({ eventId: id, line: 'shuffle', admitPerSecond: 0 });
    expect(changed).toMatchObject({ line: 'shuffle', admitPerSecond: 0, admitPercent: 120 });
    const off = await operator().admin.event.update.mutate({ eventId: id, line: null, lineOpensAt: null });
    expect(off).toMatchObject({ line: 'off', lineOpensAt: null });
    await expect(createLined({ strategy: 'db-lock' })).rejects.toMatchObject({
      data: { code: 'BAD_REQUEST', issues: [expect.objectContaining({ path: ['line'] })] },
    });
    await expect(createLined({ admitPercent: 99 })).rejects.toMatchObject({ data: { code: 'BAD_REQUEST' } });
  });

  it('can be joined, looked at and left, by tRPC and REST, on every device of a user', async () => {
    const { id } = await createLined({ admitPerSecond: 0 });
    const path = `/events/${id}/line`;
    expect(await rest(first, 'GET', path, 'kim')).toMatchObject({ status: 200, body: { status: 'out', place: null } });
    expect(await rest(first, 'POST', path, 'kim')).toMatchObject({
      status: 200,
      body: { status: 'waiting', place: 1 },
    });
    const joined = await userAt(second, 'lee').line.join.mutate({ eventId: id });
    expect(joined).toMatchObject({ status: 'waiting', place: 2, ahead: 1, entry: null, wait: null, round: 1 });
    expect(joined.line).toMatchObject({ phase: 'held', serving: 0, waiting: 2, remaining: 10, seedHash: null });
    expect(await userAt(first, 'lee').line.join.mutate({ eventId: id })).toMatchObject({ place: 2 });
    expect(await userAt(first, 'lee').line.status.query({ eventId: id })).toMatchObject({ place: 2 });
    expect(await rest(second, 'DELETE', path, 'kim')).toMatchObject({ status: 200, body: { status: 'out' } });
    expect(await userAt(first, 'lee').line.status.query({ eventId: id })).toMatchObject({ place: 2, ahead: 1 });
    expect(await rest(first, 'POST', path)).toMatchObject({ status: 401 });
    expect(await rest(first, 'POST', '/events/nobody-knows-it/line', 'kim')).toMatchObject({ status: 404 });
  });

  it('refuses a claim without a pass with 409, and issues one with a pass', async () => {
    const { id } = await createLined({ stock: 1, lineOpensAt: isoIn(-500) });
    const refused = await rest(first, 'POST', `/events/${id}/claims`, 'kim');
    expect(refused).toMatchObject({
      status: 409,
      body: { status: 'not_admitted', lineOpensAt: expect.any(String) as string },
    });
    await userAt(first, 'kim').line.join.mutate({ eventId: id });
    const admitted = await userAt(second, 'kim').line.status.query({ eventId: id });
    expect(admitted.status).toBe('admitted');
    const leftMs = Date.parse(admitted.passEndsAt ?? '') - Date.parse(admitted.serverTime);
    expect(leftMs).toBeGreaterThan(120_000);
    expect(leftMs).toBeLessThanOrEqual(180_000);
    expect(await rest(second, 'POST', `/events/${id}/claims`, 'lee')).toMatchObject({ status: 409 });
    expect(await rest(second, 'POST', `/events/${id}/claims`, 'kim')).toMatchObject({
      status: 201,
      body: { serial: 1 },
    });
    expect(await rest(first, 'POST', `/events/${id}/claims`, 'kim')).toMatchObject({ status: 200 });
    expect(await rest(first, 'POST', `/events/${id}/claims`, 'lee')).toMatchObject({ status: 410 });
  });

  it('says the same to everybody about what is being served, and lets caches keep that for a second', async () => {
    const { id } = await createLined({ admitPerSecond: 0 });
    await userAt(first, 'kim').line.join.mutate({ eventId: id });
    const url = `/trpc/line.serving?input=${encodeURIComponent(JSON.stringify({ eventId: id }))}`;
    const texts = async () =>
      Promise.all(
        [first, second, first, second].map(async (api) => {
          const response = await fetch(`${api.url}${url}`);
          expect(response.headers.get('cache-control')).toBe('public, max-age=1, s-maxage=1');
          return response.text();
        }),
      );
    await waitFor(async () => new Set(await texts()).size === 1, { what: 'all answers to agree' });
    const answer = await rest(second, 'GET', `/events/${id}/line/serving`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1, s-maxage=1');
    expect({ result: { data: answer.body } }).toEqual(JSON.parse((await texts())[0] ?? ''));
    expect(answer.body).toMatchObject({ phase: 'held', serving: 0, waiting: 1 });
    const failed = await fetch(`${first.url}${url.replace(id, 'nobody-knows-it')}`);
    expect([failed.status, failed.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it('tells people within two seconds that the coupons are gone', async () => {
    const { id } = await createLined({ stock: 1 });
    await userAt(first, 'kim').line.join.mutate({ eventId: id });
    expect(await userAt(first, 'lee').line.join.mutate({ eventId: id })).toMatchObject({ status: 'waiting', place: 2 });
    await userAt(first, 'kim').claim.submit.mutate({ eventId: id });
    const soldAtMs = performance.now();
    for (const api of [first, second]) {
      await waitFor(async () => (await userAt(api, 'lee').line.serving.query({ eventId: id })).phase === 'sold_out', {
        what: 'the line to say so',
      });
    }
    expect(performance.now() - soldAtMs).toBeLessThan(2_000);
  });

  it('moves by the worker alone, while nobody asks', async () => {
    const { id } = await createLined({ stock: 5, admitPerSecond: 0 });
    for (const userId of ['kim', 'lee']) await userAt(first, userId).line.join.mutate({ eventId: id });
    await operator().admin.event.update.mutate({ eventId: id, admitPerSecond: 100 });
    const { passes } = roundKeys(id, 1);
    expect(worker.isRunning()).toBe(true);
    await waitFor(async () => (await direct.redis.zcard(passes)) === 2, { what: 'two passes', limitMs: 15_000 });
  });

  it('shows admins how it goes', async () => {
    const { id } = await createLined({ stock: 2 });
    for (const userId of ['kim', 'lee', 'park']) await userAt(first, userId).line.join.mutate({ eventId: id });
    await userAt(first, 'kim').claim.submit.mutate({ eventId: id });
    const viewer = createFirstcomeClient({ url: first.url, token: tokenOf('viewer', 'viewer') });
    await expect
      .poll(() => viewer.admin.line.get.query({ eventId: id }))
      .toMatchObject({
        ...{ phase: 'moving', serving: 2, waiting: 1, joined: 3, left: 0, called: 2, used: 1, lapsed: 0 },
        ...{ passesInUse: 1, passesMax: 1, admitPerSecond: null, admitPercent: 100 },
      });
    await expect(userAt(first, 'kim').admin.line.get.query({ eventId: id })).rejects.toMatchObject({
      data: { code: 'FORBIDDEN' },
    });
  });
});

describe('a shuffled line', () => {
  it('has an order that an outsider can recompute from what is published before and after the opening', async () => {
    const { id } = await createLined({ stock: 3, opensAt: isoIn(3_600_000), line: 'shuffle', admitPerSecond: 0 });
    const people = someUsers(60);
    const entries = new Map<string, string>();
    for (const [at, userId] of people.entries()) {
      const joined = await userAt(at % 2 === 0 ? first : second, userId).line.join.mutate({ eventId: id });
      expect(joined).toMatchObject({ status: 'shuffling', place: null, line: { phase: 'gathering', seed: null } });
      entries.set(userId, joined.entry ?? '');
    }
    const anybody = createFirstcomeClient({ url: second.url });
    const before = await anybody.line.serving.query({ eventId: id });
    expect(before.seedHash).toMatch(/^[0-9a-f]{64}$/);
    expect(await anybody.line.entries.query({ eventId: id })).toMatchObject({
      seed: null,
      entries: [],
      nextAfter: null,
    });

    await operator().admin.event.update.mutate({ eventId: id, opensAt: isoIn(500) });
    await waitFor(async () => (await anybody.line.serving.query({ eventId: id })).phase === 'held', {
      what: 'the opening',
    });
    const late = await userAt(first, 'too-late').line.join.mutate({ eventId: id });
    expect(late).toMatchObject({ status: 'waiting', place: 61 });
    const published: string[] = [];
    let seed = '';
    for (let after: number | null = 0; after !== null;) {
      const part = await anybody.line.entries.query({ eventId: id, after, limit: 25 });
      expect(part.seedHash).toBe(before.seedHash);
      seed = part.seed ?? '';
      published.push(...part.entries);
      after = part.nextAfter;
    }
    // From here on, only what is published is used.
    expect(createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex')).toBe(before.seedHash);
    const order = (entry: string) =>
      parseInt(createHmac('sha256', Buffer.from(seed, 'hex')).update(entry).digest('hex').slice(0, 12), 16);
    expect(published).toEqual(published.toSorted((a, b) => order(a) - order(b)));
    expect(published.toSorted()).toEqual([...entries.values()].toSorted());
    for (const userId of people) {
      const own = await userAt(second, userId).line.status.query({ eventId: id });
      expect(own).toMatchObject({ status: 'waiting', place: published.indexOf(entries.get(userId) ?? '') + 1 });
    }
  });
});

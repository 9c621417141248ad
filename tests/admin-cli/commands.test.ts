import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventJson } from '../../admin-cli/event-json.ts';
import { connectApi } from '../../admin-cli/remote/connect-api.ts';
import { limits } from '../../core/events/event.ts';
import { openDb } from '../../core/mysql/open-db.ts';
import { openRealApi, type RealApi } from '../api/real-server.ts';
import { adminToken } from '../api/tokens.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCli } from './support/run-cli.ts';

let api: RealApi;

beforeAll(async () => {
  api = await openRealApi();
});

afterAll(() => api[Symbol.asyncDispose]());

const env = () => ({ FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: adminToken('admin') });

describe('the commands, against a real API,', () => {
  const run = (...argv: string[]) => runCli(argv, { env: env(), connectApi });

  async function event(...argv: string[]): Promise<EventJson> {
    const { code, stdout, stderr } = await run(...argv, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as EventJson;
  }

  const listed = async () =>
    (JSON.parse((await run('event', 'list', '--json')).stdout) as EventJson[]).map(({ id }) => id);

  const sale = ['--name', 'Autumn sale', '--amount', '10000', '--stock', '100'];

  it('create and show an event, and seed it at once if it opens within a minute', async () => {
    const created = await event('event', 'create', ...sale, '--opens-at', '+30s', '--time-zone', 'Asia/Seoul');
    expect(created).toMatchObject({
      name: 'Autumn sale',
      amount: 10_000,
      stock: 100,
      remaining: 100,
      phase: 'scheduled',
      currency: 'KRW',
      strategy: 'redis-stream',
      timeZone: 'Asia/Seoul',
      listed: true,
      round: 1,
      seeded: true,
    });
    expect(Date.parse(created.opensAt) - Date.parse(created.serverTime)).toBeGreaterThan(25_000);
    const { serverTime: _then, readiness, ...shown } = await event('event', 'show', created.id);
    const { serverTime: _now, readiness: _unlooked, ...expected } = created;
    expect(shown).toEqual(expected);
    expect(readiness?.checks.find(({ name }) => name === 'seeded')).toMatchObject({ state: 'ok' });
  });

  it('show whole coupon codes to an admin', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
    const { code } = (await api.user('kim').mutate('claim.submit', { eventId: id })).data as { code: string };
    expect((await run('claims', 'show', id, '--user', 'kim')).stdout).toContain(code);
  });

  it('open an event at once if --opens-at is now', async () => {
    expect(await event('event', 'create', ...sale, '--opens-at', 'now')).toMatchObject({ phase: 'open', seeded: true });
  });

  it('copy an event with create --like', async () => {
    const original = await event('event', 'create', ...sale, '--opens-at', '+1d', '--closes-at', '+2d', '--unlisted');
    const copy = await event('event', 'create', '--like', original.id, '--opens-at', '2099-10-01T10:00:00Z');
    expect(copy).toMatchObject({
      name: 'Autumn sale',
      stock: 100,
      listed: false,
      closesAt: '2099-10-02T10:00:00.000Z',
    });
    expect(copy.id).not.toBe(original.id);
  });

  it('pause, resume, top up and close an event, and each change raises the version', async () => {
    const { id, version } = await event('event', 'create', ...sale, '--opens-at', 'now');
    const paused = await event('event', 'pause', id, '--reason', 'a test');
    expect(paused).toMatchObject({ phase: 'paused', version: version + 1 });
    expect(await event('event', 'pause', id)).toMatchObject({ phase: 'paused', version: paused.version });
    expect(await event('event', 'resume', id)).toMatchObject({ phase: 'open' });
    expect(await event('event', 'top-up', id, '--add', '50')).toMatchObject({ stock: 150, remaining: 150 });
    expect(await event('event', 'close', id, '--confirm', 'Autumn sale')).toMatchObject({ phase: 'closed' });
    const { code, stderr } = await run('event', 'resume', id);
    expect(code).toBe(1);
    expect(stderr).toContain('is closed, which is final for its round');
  });

  describe('event update', () => {
    const cut = (id: string, ...more: string[]) => ['event', 'update', id, '--stock', '60', ...more];
    const stockOf = async (id: string) => (await event('event', 'show', id)).stock;

    it('refuses to cut the stock of an open event if nobody can confirm at a terminal, and says what the change would have done', async () => {
      const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
      const { code, stdout, stderr } = await run(...cut(id));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        "Error: --confirm must be the event's name, because the event is open: this would cut its stock from 100 to 60, with 0 issued",
      );
      expect(await run(...cut(id, '--confirm', 'Spring sale'))).toMatchObject({
        ...{ code: 2, stdout: '' },
        stderr: expect.stringContaining("is 'Autumn sale', not 'Spring sale'") as unknown,
      });
      expect(await stockOf(id)).toBe(100);
      expect(await event(...cut(id, '--confirm', 'Autumn sale'))).toMatchObject({ stock: 60 });
      expect(await event('event', 'update', id, '--stock', '70')).toMatchObject({ stock: 70 });
    });

    it('asks at a terminal for the name of an open event, and changes nothing without the name', async () => {
      const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
      const answer = (text: string | null) =>
        runCli(cut(id), { env: env(), connectApi, terminal: { answers: [text] } });
      for (const [text, exitCode] of [
        ['Autumn sales', 2],
        [null, 130],
      ] as const) {
        const { code, stderr } = await answer(text);
        expect(code).toBe(exitCode);
        expect(stderr).toContain('cuts its stock from 100 to 60, with 0 issued already');
        expect(stderr).toContain('Nothing was changed.');
        expect(await stockOf(id)).toBe(100);
      }
      expect(await answer('Autumn sale')).toMatchObject({ code: 0 });
      expect(await stockOf(id)).toBe(60);
    });

    it('asks for no confirmation before the event opens', async () => {
      const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d');
      expect(await event(...cut(id))).toMatchObject({ stock: 60 });
      expect(await event('event', 'update', id, '--closes-at', '+2d')).toMatchObject({ stock: 60 });
    });

    it('asks for the name, as event close does, if the new closing time has passed, because the change would end the event', async () => {
      const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
      const close = ['event', 'update', id, '--closes-at', 'now'];
      const { code, stderr } = await run(...close);
      expect(code).toBe(2);
      expect(stderr).toContain('--confirm');
      expect(await event('event', 'update', id, '--closes-at', '+1h')).toMatchObject({ phase: 'open' });
      const terminal = { answers: ['Autumn sale'] };
      expect(await runCli(close, { env: env(), connectApi, terminal })).toMatchObject({ code: 0 });
      expect(await event('event', 'show', id)).toMatchObject({ phase: 'closed' });
    });
  });

  it('begin the next round with reset, either paused or with a new opening', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
    const second = await event('event', 'reset', id, '--confirm', 'Autumn sale', '--stock', '7');
    expect(second).toMatchObject({ round: 2, phase: 'paused', stock: 7, issued: 0 });
    expect(await event('event', 'resume', id)).toMatchObject({ round: 2, phase: 'open' });
    const third = await event('event', 'reset', id, '--confirm', 'Autumn sale', '--opens-at', '+1h');
    expect(third).toMatchObject({ round: 3, phase: 'scheduled', paused: false, stock: 7 });
    const { code, stdout, stderr } = await run('event', 'reset', id, '--confirm', 'Spring sale');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("is 'Autumn sale', not 'Spring sale'");
    expect(await event('event', 'show', id)).toMatchObject({ round: 3, version: third.version });
  });

  it('change only the given fields in an update', async () => {
    const created = await event('event', 'create', ...sale, '--opens-at', '+1d', '--time-zone', 'Asia/Seoul');
    const updated = await event('event', 'update', created.id, '--name', '가을 할인', '--opens-at', '2099-10-01T10:00');
    expect(updated).toMatchObject({
      name: '가을 할인',
      opensAt: '2099-10-01T01:00:00.000Z',
      stock: 100,
      amount: 10_000,
    });
    expect(await event('event', 'update', created.id, '--closes-at', '2099-10-02T10:00')).toMatchObject({
      closesAt: '2099-10-02T01:00:00.000Z',
    });
    expect(await event('event', 'update', created.id, '--closes-at', 'none')).toMatchObject({ closesAt: null });
  });

  it('show how many claims wait for MySQL, and how long the oldest one has waited', async () => {
    const { id, opensAt } = await event('event', 'create', ...sale, '--opens-at', 'now');
    expect(await event('event', 'show', id)).toMatchObject({ outboxSince: null, firstClaimedAt: null });
    // No worker runs in this test, so the claims stay in the outbox.
    const claimed = await api.user('kim').mutate('claim.submit', { eventId: id });
    const { claimedAt } = claimed.data as { claimedAt: string };
    await api.user('lee').mutate('claim.submit', { eventId: id });
    const waits = { issued: 2, persisted: 0, outbox: 2, outboxSince: claimedAt, firstClaimedAt: claimedAt };
    expect(await event('event', 'show', id)).toMatchObject(waits);
    expect(claimedAt >= opensAt).toBe(true);
  });

  it('keep every byte of a description, and print its lines', async () => {
    const description = '\nOne  \r\nTwo 🎉\n';
    const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d', '--description', description);
    expect(await event('event', 'update', id, '--name', 'Renamed')).toMatchObject({ description });
    const { stdout } = await runCli(['event', 'show', id], { env: env(), connectApi, terminal: { answers: [] } });
    expect(stdout).toMatch(/\n {2}One {2}\n {2}Two 🎉\n/);
    const fields = (await run('event', 'show', id)).stdout;
    expect(fields).toContain(['description', String.raw`\nOne  \u000d\nTwo 🎉\n`].join('\t'));
  });

  it('read and change an event whose currency was stored by a version that did not check codes', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const db = openDb(api.stores.databaseUrl);
    await db.event.update({ where: { id }, data: { currency: 'WON' }, select: { id: true } });
    await db.$disconnect();
    expect(await event('event', 'update', id, '--name', 'Old')).toMatchObject({ name: 'Old', currency: 'WON' });
    // A client may send back exactly the currency that it has read.
    expect(await event('event', 'update', id, '--stock', '90', '--currency', 'WON')).toMatchObject({ stock: 90 });
    const { stdout } = await runCli(['event', 'show', id], { env: env(), connectApi, terminal: { answers: [] } });
    expect(stdout).toContain('WON 10,000 each, WON 900,000 in total');
    const { code, stderr } = await run('event', 'update', id, '--currency', 'YEN');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean JPY?') as unknown,
    });
    expect(await event('event', 'update', id, '--currency', 'KRW')).toMatchObject({ currency: 'KRW' });
  });

  it('list the newest events first', async () => {
    const first = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const second = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const { stdout } = await run('event', 'list', '--sort', 'created', '--limit', '2', '--json');
    expect((JSON.parse(stdout) as EventJson[]).map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it('make a change only once if the request is repeated', async () => {
    const create = () =>
      event('event', 'create', ...sale, '--opens-at', '2099-10-01T10:00Z', '--request-id', 'create-1');
    const { id } = await create();
    expect((await create()).id).toBe(id);
    const topUp = () => event('event', 'top-up', id, '--add', '5', '--request-id', 'top-up-1');
    expect(await topUp()).toMatchObject({ stock: 105 });
    expect(await topUp()).toMatchObject({ stock: 105 });
  });

  it('answer a repeated create with the same event, even if that event has opened since the first request', async () => {
    const opensAt = new Date(Date.now() + 500).toISOString();
    const create = () => event('event', 'create', ...sale, '--opens-at', opensAt, '--request-id', 'create-2');
    const { id } = await create();
    await waitFor(() => Date.now() > Date.parse(opensAt) + limits.opensAtPastMs + 100, {
      what: 'the opening to be past',
    });
    expect(await create()).toMatchObject({ id, phase: 'open' });
  });

  it("leave an audit row with the token's owner, door `api`, and the reason", async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d');
    await event('event', 'pause', id, '--reason', '점검');
    const db = openDb(api.stores.databaseUrl);
    const rows = await db.auditEntry.findMany({ where: { eventId: id }, orderBy: { id: 'asc' } });
    await db.$disconnect();
    const byToken = { actor: 'the-admin', role: 'admin', door: 'api' };
    expect(rows).toMatchObject([
      { action: 'event.create', ...byToken, reason: null },
      { action: 'event.pause', ...byToken, reason: '점검' },
    ]);
  });

  it('show old audit entries, whose `door` is `cli`', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const db = openDb(api.stores.databaseUrl);
    await db.auditEntry.updateMany({ where: { eventId: id }, data: { actor: 'kim@desk', role: null, door: 'cli' } });
    await db.$disconnect();
    const { code, stdout } = await run('audit', 'list', '--event', id, '--actor', 'kim@desk', '--json');
    const entry = { action: 'event.create', actor: 'kim@desk', role: null, door: 'cli' };
    expect({ code, entries: JSON.parse(stdout) as unknown }).toMatchObject({ code: 0, entries: [entry] });
  });

  it('change nothing if the event’s version is not the given one', async () => {
    const { id, version } = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const { code, stdout, stderr } = await run('event', 'update', id, '--stock', '5', '--version', String(version + 1));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`The event is at version ${version}, not ${version + 1}`);
    expect(await event('event', 'show', id)).toMatchObject({ stock: 100, version });
  });

  it.each([
    [['--opens-at', '2020-01-01T00:00Z'], '--opens-at'],
    [['--opens-at', '+2h', '--closes-at', '+1h'], '--closes-at'],
    [['--opens-at', '+1h', '--stock', '0'], '--stock'],
    [['--opens-at', '+1h', '--stock', '100000001'], '--stock'],
    [['--opens-at', '+1h', '--amount', '0'], '--amount'],
    [['--opens-at', '+1h', '--amount', '1000000000001'], '--amount'],
    [['--opens-at', '+1h', '--name', ''], '--name'],
    [['--opens-at', '+1h', '--name', '  '], '--name'],
    [['--opens-at', '+1h', '--name', 'x'.repeat(201)], '--name'],
    [['--opens-at', '+1h', '--name', 'A\u0007B'], '--name'],
    [['--opens-at', '+1h', '--currency', 'won'], '--currency'],
    [
      ['--opens-at', '+1h', '--currency', 'WON'],
      '--currency must be an ISO 4217 currency code, such as KRW. Did you mean KRW?',
    ],
    [['--opens-at', '+1h', '--request-id', 'with space'], '--request-id'],
  ])('refuse %j and say which flag is wrong', async (flags, wrong) => {
    const before = await listed();
    const { code, stdout, stderr } = await run('event', 'create', ...sale, ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`Error: ${wrong}`);
    expect(await listed()).toEqual(before);
  });

  it('refuse an invalid request id', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', '+1d');
    const { code, stderr } = await run('event', 'pause', id, '--request-id', 'with space');
    expect(code).toBe(2);
    expect(stderr).toContain('Error: --request-id must be');
    expect(await event('event', 'show', id)).toMatchObject({ paused: false });
  });

  it.each(['a{b}', 'x'.repeat(65)])('report that there is no event %s', async (eventId) => {
    const { code, stdout } = await run('event', 'show', eventId);
    expect({ code: code > 0, stdout }).toEqual({ code: true, stdout: '' });
  });

  it.each([
    ['event', 'show'],
    ['event', 'watch'],
    ['event', 'update', '--stock', '5'],
    ['event', 'pause'],
    ['event', 'resume'],
    ['event', 'close', '--confirm', 'x'],
    ['event', 'top-up', '--add', '5'],
    ['event', 'reset', '--confirm', 'x'],
    ['reconcile'],
    ['event', 'create', '--opens-at', 'now', '--like'],
  ])('report an unknown event for: %s %s', async (...argv) => {
    const { code, stdout, stderr } = await run(...argv, 'nowhere');
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'Error: There is no event nowhere.\n' });
  });

  it('find no drift with reconcile', async () => {
    const { id } = await event('event', 'create', ...sale, '--opens-at', 'now');
    const { code, stdout } = await run('reconcile', id, '--json');
    expect({ code, found: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      found: { eventId: id, round: 1, findings: [], verdict: 'clean', advice: [] },
    });
    expect(await run('reconcile', id, '--repair', '--reason', 'to be sure')).toMatchObject({ code: 0, stderr: '' });
  });
});

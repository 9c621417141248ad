import { describe, expect, it } from 'vitest';
import { anEvent, fakeAdmin, nowMs } from '../support/fake-admin.ts';
import { runCli, type RunOptions } from './support/run-cli.ts';
import { splitLine } from './support/split-line.ts';

async function changesBy(line: string, events = [anEvent()], options: RunOptions = {}) {
  const admin = fakeAdmin(events);
  const ran = await runCli(splitLine(line), { admin, ...options });
  expect(ran).toMatchObject({ code: 0 });
  return admin.changes;
}

const why = {};

describe('event create', () => {
  it('sends an event with the documented defaults', async () => {
    expect(
      await changesBy('event create --name Sale --amount 100 --stock 10 --opens-at 2027-10-01T10:00:00+09:00'),
    ).toEqual([
      {
        verb: 'create',
        why,
        input: {
          name: 'Sale',
          amount: 100,
          stock: 10,
          opensAtMs: Date.UTC(2027, 9, 1, 1),
          closesAtMs: null,
          currency: 'KRW',
          strategy: 'redis-stream',
          timeZone: null,
          description: '',
          listed: true,
          requestId: undefined,
        },
      },
    ]);
  });

  it('sends every option that the user gives', async () => {
    const line =
      "event create --name 'Autumn sale' --amount 100 --stock 10 --opens-at now --closes-at +2h --currency USD " +
      "--strategy db-lock --time-zone asia/seoul --description 'Ten off' --unlisted --request-id r-1 --reason 'as agreed'";
    expect(await changesBy(line)).toEqual([
      {
        verb: 'create',
        why: { reason: 'as agreed' },
        input: {
          name: 'Autumn sale',
          amount: 100,
          stock: 10,
          opensAtMs: nowMs,
          closesAtMs: nowMs + 2 * 3_600_000,
          currency: 'USD',
          strategy: 'db-lock',
          timeZone: 'Asia/Seoul',
          description: 'Ten off',
          listed: false,
          requestId: 'r-1',
        },
      },
    ]);
  });

  it.each([
    ['now', 0],
    ['+90s', 90_000],
    ['+10m', 600_000],
    ['+2h', 7_200_000],
    ['+1d', 86_400_000],
    ['2027-09-01T21:00:00.250+09:00', 250],
    ['2027-09-01T12:00Z', 0],
  ])('accepts --opens-at %s', async (time, aheadMs) => {
    const changes = await changesBy(`event create --name Sale --amount 1 --stock 1 --opens-at ${time}`);
    expect(changes[0]?.input).toMatchObject({ opensAtMs: nowMs + aheadMs });
  });

  it('reads local times in the given zone', async () => {
    const changes = await changesBy(
      'event create --name Sale --amount 1 --stock 1 --time-zone Asia/Seoul --opens-at 2027-10-01T10:00 --closes-at 2027-10-02T00:00:30',
    );
    expect(changes[0]?.input).toMatchObject({
      opensAtMs: Date.UTC(2027, 9, 1, 1),
      closesAtMs: Date.UTC(2027, 9, 1, 15, 0, 30),
    });
  });

  describe('event create --like', () => {
    const original = anEvent({
      description: 'Ten off',
      currency: 'USD',
      listed: false,
      closesAtMs: nowMs + 5 * 3_600_000,
      issued: 1_000,
      soldOutAtMs: nowMs,
    });

    it('copies the settings, and keeps the copy open for as long as the original', async () => {
      const changes = await changesBy('event create --like autumn-sale --opens-at 2027-10-08T10:00', [original]);
      const opensAtMs = Date.UTC(2027, 9, 8, 1);
      expect(changes[0]?.input).toEqual({
        name: 'Autumn sale',
        amount: 10_000,
        stock: 1_000,
        opensAtMs,
        closesAtMs: opensAtMs + 2 * 3_600_000,
        currency: 'USD',
        strategy: 'redis-stream',
        timeZone: 'Asia/Seoul',
        description: 'Ten off',
        listed: false,
        requestId: undefined,
      });
    });

    it("copies what the page shows, and keeps the copy's coupons valid for as long after the opening as the original's", async () => {
      const page = { imageUrl: 'https://shop.example/a.png', imageAlt: 'Leaves', terms: 'One each', useUrl: null };
      const held = anEvent({ ...page, validUntilMs: nowMs + 33 * 3_600_000 });
      const line = 'event create --like autumn-sale --opens-at 2027-10-08T10:00 --image-alt none';
      const changes = await changesBy(line, [held]);
      const validUntilMs = Date.UTC(2027, 9, 8, 1) + 30 * 3_600_000;
      expect(changes[0]?.input).toMatchObject({ ...page, imageAlt: undefined, useUrl: undefined, validUntilMs });
    });

    it('prefers a flag’s value to the copied value', async () => {
      const changes = await changesBy(
        "event create --like autumn-sale --opens-at now --closes-at none --name Again --stock 5 --amount 7 --currency KRW --time-zone UTC --description ''",
        [original],
      );
      expect(changes[0]?.input).toMatchObject({
        name: 'Again',
        stock: 5,
        amount: 7,
        closesAtMs: null,
        currency: 'KRW',
        timeZone: 'UTC',
        description: '',
      });
    });
  });
});

describe('event update', () => {
  it('changes only the given fields', async () => {
    expect(await changesBy('event update autumn-sale --stock 2000 --version 1 --request-id r-2')).toEqual([
      { verb: 'update', why, input: { eventId: 'autumn-sale', version: 1, requestId: 'r-2', stock: 2_000 } },
    ]);
  });

  it.each([
    ['--closes-at none', { closesAtMs: null }],
    ['--closes-at +2h', { closesAtMs: nowMs + 7_200_000 }],
    ['--time-zone none', { timeZone: null }],
    ['--time-zone europe/berlin', { timeZone: 'Europe/Berlin' }],
    ['--listed', { listed: true }],
    ['--unlisted', { listed: false }],
    ["--description ''", { description: '' }],
    ['--image-url https://shop.example/a.png', { imageUrl: 'https://shop.example/a.png' }],
    ["--image-alt 'Leaves' --terms 'One each' --use-url none", { imageAlt: 'Leaves', terms: 'One each', useUrl: null }],
    ["--image-url none --image-alt '' --terms none", { imageUrl: null, imageAlt: null, terms: null }],
    ['--valid-until +30d', { validUntilMs: nowMs + 30 * 86_400_000 }],
    ['--valid-until none', { validUntilMs: null }],
    ['--name Spring --amount 5 --currency EUR', { name: 'Spring', amount: 5, currency: 'EUR' }],
  ])('reads `%s`', async (flags, asked) => {
    const changes = await changesBy(`event update autumn-sale ${flags}`);
    expect(changes[0]?.input).toEqual({ eventId: 'autumn-sale', version: undefined, requestId: undefined, ...asked });
  });

  it('reads a local time in the event’s time zone', async () => {
    const valid = await changesBy('event update autumn-sale --valid-until 2027-12-31T23:59');
    expect(valid[0]?.input).toMatchObject({ validUntilMs: Date.UTC(2027, 11, 31, 14, 59) });
    const changes = await changesBy('event update autumn-sale --opens-at 2027-10-01T10:00');
    expect(changes[0]?.input).toMatchObject({ opensAtMs: Date.UTC(2027, 9, 1, 1) });
  });
});

describe('a command that changes an event', () => {
  it.each([
    ['event pause autumn-sale', 'pause', {}],
    ['event resume autumn-sale', 'resume', {}],
    ["event close autumn-sale --confirm 'Autumn sale'", 'close', {}],
    ['event top-up autumn-sale --add 500', 'topUp', { add: 500 }],
    ["event reset autumn-sale --confirm 'Autumn sale'", 'reset', { confirm: 'Autumn sale' }],
    [
      "event reset autumn-sale --confirm ' Autumn sale ' --opens-at +1h --closes-at none --stock 5",
      'reset',
      { confirm: 'Autumn sale', opensAtMs: nowMs + 3_600_000, closesAtMs: null, stock: 5 },
    ],
    [
      "event reset autumn-sale --confirm 'Autumn sale' --opens-at 2027-10-01T10:00",
      'reset',
      { confirm: 'Autumn sale', opensAtMs: Date.UTC(2027, 9, 1, 1) },
    ],
    [
      "event reset autumn-sale --confirm 'Autumn sale' --closes-at 2027-10-01T10:00 --time-zone UTC",
      'reset',
      { confirm: 'Autumn sale', closesAtMs: Date.UTC(2027, 9, 1, 10) },
    ],
  ])('sends its request for `%s`', async (line, verb, more) => {
    expect(await changesBy(`${line} --version 4 --request-id r-3 --reason why`)).toEqual([
      {
        verb,
        why: { reason: 'why' },
        input: { eventId: 'autumn-sale', version: 4, requestId: 'r-3', ...more },
      },
    ]);
  });

  it('warns after a reset if the new round’s closing time has passed', async () => {
    const admin = fakeAdmin([anEvent({ closesAtMs: nowMs - 1 })]);
    const { stderr } = await runCli(splitLine("event reset autumn-sale --confirm 'Autumn sale'"), { admin });
    expect(stderr).toContain('with a later --closes-at');
  });

  describe.each(['close', 'reset'])('the confirmation of event %s', (verb) => {
    it('is accepted at the terminal if the user types the name', async () => {
      const terminal = { answers: ['Autumn sale'] };
      expect(await changesBy(`event ${verb} autumn-sale`, [anEvent()], { terminal })).toHaveLength(1);
    });

    it.each([
      ['a different name', 'Autumn sales', 2],
      ['an empty line', '', 2],
      ['Ctrl-C', null, 130],
    ])('is refused after %s, and nothing is changed', async (_what, answer, exitCode) => {
      const admin = fakeAdmin([anEvent()]);
      const { code, stdout, stderr } = await runCli(['event', verb, 'autumn-sale'], {
        admin,
        terminal: { answers: [answer] },
      });
      expect({ code, stdout, changes: admin.changes }).toEqual({ code: exitCode, stdout: '', changes: [] });
      expect(stderr).toContain('Nothing was changed.');
    });
  });
});

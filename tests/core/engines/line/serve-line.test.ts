import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryOf, shuffleScore } from '../../../../core/engines/line/line-scripts.ts';
import { openCoder } from '../../../../core/claims/code.ts';
import { gateKey } from '../../../../core/redis/keys.ts';
import { openDirect } from '../../../support/system.ts';
import { useTestStores } from '../../../support/use-stores.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { allKeys } from '../../../support/all-keys.ts';
import { serverNowMs } from '../../gate/stream-gate.ts';
import { lineOfGate, seed } from './line-of-gate.ts';

/** Runs the script of the waiting line, and the one that decides claims, on a real Redis. */
const stores = useTestStores();
let redis: Redis;
beforeAll(() => {
  const direct = openDirect(stores);
  redis = direct.redis;
  return () => direct[Symbol.asyncDispose]();
});
const newLine = () => lineOfGate(() => redis);

/** A line that nobody is called from. */
const held = { info: { admitPerSecond: 0 } };
const statusOf = (places: ('again' | { status: string })[]) =>
  places.map((place) => (place === 'again' ? place : place.status));
const waiting = (place: number) => ({ status: 'waiting', place });
const names = (count: number) => Array.from({ length: count }, (_, at) => `user-${at}`);

describe('a first-come, first-served line', () => {
  it('gives places in order of arrival, and the same place to a user who joins again', async () => {
    const line = newLine();
    await line.open(held);
    expect(await line.join('a', 'b', 'a')).toEqual([waiting(1), waiting(2), waiting(1)]);
    expect(await line.join('c', 'b')).toEqual([waiting(3), waiting(2)]);
    expect(await line.look('c', 'nobody')).toEqual([waiting(3), { status: 'out' }]);
    expect(await line.state()).toMatchObject({ phase: 'held', serving: 0, waiting: 3, joined: 3 });
  });

  it('orders people by Redis’s clock in microseconds, each later than the one before', async () => {
    const line = newLine();
    await line.open(held);
    await line.join('a', 'b', 'c');
    const [, a, , b, , c] = await redis.zrange(line.keys.waiting, '0', '-1', 'WITHSCORES');
    const nowUs = (await serverNowMs(redis)) * 1_000;
    expect(Number(a)).toBeGreaterThan(nowUs - 60_000_000);
    expect([Number(b) - Number(a), Number(c) - Number(b)]).toEqual([1, 1]);
  });

  it('keeps its order if the clock steps back', async () => {
    const line = newLine();
    await line.open(held);
    await line.join('a');
    // As if `a` had joined by a clock that was an hour ahead.
    const aheadUs = ((await serverNowMs(redis)) + 3_600_000) * 1_000;
    await redis.zadd(line.keys.waiting, aheadUs, 'a');
    await redis.hset(line.keys.line, 'last', aheadUs);
    expect(await line.join('b', 'c')).toEqual([waiting(2), waiting(3)]);
    expect(await redis.zrange(line.keys.waiting, '0', '-1')).toEqual(['a', 'b', 'c']);
  });

  it('does not move anybody’s place if somebody leaves, and puts a user who comes back at the end', async () => {
    const line = newLine();
    await line.open(held);
    await line.join('a', 'b', 'c', 'd');
    expect(await line.leave('b', 'nobody')).toEqual([{ status: 'out' }, { status: 'out' }]);
    expect(await line.look('a', 'c', 'd')).toEqual([waiting(1), waiting(3), waiting(4)]);
    expect(await line.join('b')).toEqual([waiting(5)]);
    expect(await line.state()).toMatchObject({ waiting: 4, left: 1 });
    // Leaving and coming back again does not let the line grow for ever.
    for (let time = 0; time < 5; time += 1) {
      await line.leave('b');
      await line.join('b');
    }
    expect(await line.look('b')).toEqual([waiting(5)]);
    expect(await redis.zcard(line.keys.waiting)).toBe(5);
    // The place that `b` left is passed over without a pass for anybody.
    await line.configure({ info: { admitPerSecond: null } });
    expect(await line.look('a', 'b', 'c', 'd')).toEqual([
      ...['a', 'b', 'c', 'd'].map((user) =>
        user === 'b' ? waiting(5) : (expect.objectContaining({ status: 'admitted' }) as object),
      ),
    ]);
    expect(await line.state()).toMatchObject({ serving: 4, waiting: 1, called: 3 });
  });

  it('refuses new people when it is full, and lets those stay who are in it', async () => {
    const line = newLine();
    await line.open(held);
    const joins = ['a', 'b', 'c'].map((user) => ['join', user] as ['join', string]);
    expect(statusOf((await line.serve(joins, { waitingMax: 2 })).places)).toEqual(['waiting', 'waiting', 'full']);
    expect(statusOf((await line.serve([['join', 'a']], { waitingMax: 2 })).places)).toEqual(['waiting']);
    await line.leave('b');
    expect(statusOf((await line.serve([['join', 'c']], { waitingMax: 2 })).places)).toEqual(['waiting']);
  });

  it('takes nobody before it opens, after the closing, and when the coupons are gone', async () => {
    const line = newLine();
    const nowMs = await serverNowMs(redis);
    await line.open({ info: { lineOpensAtMs: nowMs + 3_600_000 } });
    expect(await line.join('a')).toEqual([{ status: 'not_open' }]);
    expect(await redis.exists(line.keys.line)).toBe(0);
    await line.configure({ info: { lineOpensAtMs: nowMs - 1 }, issued: 0 });
    expect(statusOf(await line.join('a'))).toEqual(['admitted']);
    await line.configure({ closed: true });
    expect(await line.join('b')).toEqual([{ status: 'closed' }]);
    const sold = newLine();
    await sold.open({ stock: 1 });
    await sold.join('a', 'b');
    await sold.decide('a');
    expect(await sold.join('a', 'b', 'c')).toEqual([{ status: 'has_coupon' }, waiting(2), { status: 'sold_out' }]);
    expect(await sold.state()).toMatchObject({ phase: 'sold_out', remaining: 0 });
  });

  it('changes nothing if a batch is sent twice', async () => {
    const line = newLine();
    await line.open(held);
    await line.join('a', 'b', 'c');
    await line.leave('b');
    const before = await allKeys(redis);
    await line.join('a', 'c');
    await line.leave('b');
    expect(await allKeys(redis)).toEqual(before);
  });
});

describe('passes', () => {
  it('are given in the order of the places, never more than coupons remain', async () => {
    const line = newLine();
    await line.open({ stock: 3 });
    expect(statusOf(await line.join(...names(5)))).toEqual(['admitted', 'admitted', 'admitted', 'waiting', 'waiting']);
    expect(await line.state()).toMatchObject({ serving: 3, inUse: 3, waiting: 2, remaining: 3 });
    await line.decide('user-0');
    expect(await line.state()).toMatchObject({ serving: 3, inUse: 2, used: 1, remaining: 2 });
    expect(await line.look('user-3')).toEqual([waiting(4)]);
  });

  it('are used up by the claim in the same step, so that nobody can claim without one', async () => {
    const line = newLine();
    await line.open({ stock: 2 });
    await line.join('a', 'b', 'c');
    const claimed = await line.decide('c', 'a', 'stranger', 'a');
    if (claimed.kind !== 'decided') throw new Error(claimed.kind);
    expect(claimed.decisions).toMatchObject([
      { held: null, why: 'not_admitted', lineOpensAtMs: null },
      { held: { serial: 1, replayed: false } },
      { held: null, why: 'not_admitted' },
      { held: { serial: 1, replayed: true } },
    ]);
    expect(await redis.zscore(line.keys.passes, 'a')).toBeNull();
    const again = await line.decide('a', 'b');
    expect(again).toMatchObject({ decisions: [{ held: { serial: 1, replayed: true } }, { held: { serial: 2 } }] });
    // Without coupons, a pass is worth nothing, and nobody is told to wait.
    expect(await line.decide('c')).toMatchObject({ refusal: 'sold_out', decisions: [{ held: null, why: 'phase' }] });
  });

  it('end after their time, cannot be used any more, and go to the next in line', async () => {
    const line = newLine();
    await line.open({ stock: 1 });
    await line.serve(
      ['a', 'b'].map((user) => ['join', user]),
      { passMs: 50 },
    );
    expect(await line.look('b')).toEqual([waiting(2)]);
    await waitFor(async () => statusOf(await line.look('b'))[0] === 'admitted', { what: 'the pass to return' });
    expect(statusOf(await line.look('a'))).toEqual(['lapsed']);
    expect(await line.decide('a')).toMatchObject({ decisions: [{ held: null, why: 'not_admitted' }] });
    expect(await line.join('a')).toEqual([waiting(3)]);
    expect(await line.state()).toMatchObject({ called: 2, inUse: 1, used: 0, waiting: 1 });
  });

  it('return when their users leave', async () => {
    const line = newLine();
    await line.open({ stock: 1 });
    await line.join('a', 'b');
    expect(await line.leave('a')).toEqual([{ status: 'out' }]);
    expect(statusOf(await line.look('a', 'b'))).toEqual(['out', 'admitted']);
    expect(await line.decide('a')).toMatchObject({ decisions: [{ held: null, why: 'not_admitted' }] });
  });

  it('may be more than the coupons that remain, by the percentage that the operator sets', async () => {
    const line = newLine();
    await line.open({ stock: 4, info: { admitPercent: 150 } });
    await line.join(...names(10));
    expect(await line.state()).toMatchObject({ inUse: 6, remaining: 4, percent: 150 });
    for (const user of names(6)) {
      await line.decide(user);
      const { inUse, remaining, called } = await line.state();
      // Nobody new is called while more passes are in use than are allowed.
      expect(called).toBe(6);
      expect(Math.max(0, inUse - Math.floor(((remaining ?? 0) * 150) / 100))).toBeLessThanOrEqual(2);
    }
    expect(await redis.hlen(line.keys.winners)).toBe(4);
  });

  it('are given at the speed that the operator sets, however many callers ask', async () => {
    const line = newLine();
    await line.open({ stock: 1_000, info: { admitPerSecond: 20 } });
    await line.join(...names(100));
    const startedMs = await serverNowMs(redis);
    await waitFor(
      async () => {
        await Promise.all(Array.from({ length: 10 }, () => line.state()));
        return (await serverNowMs(redis)) - startedMs > 1_000;
      },
      { what: 'a second' },
    );
    const { called } = await line.state();
    const lastedMs = (await serverNowMs(redis)) - startedMs;
    expect(called).toBeGreaterThan(10);
    // The first person is called at once.
    expect(called).toBeLessThanOrEqual(1 + Math.ceil((20 * (lastedMs + 50)) / 1_000));
  });

  it('are not made up for after a pause, beyond one second', async () => {
    const line = newLine();
    await line.open({ stock: 1_000, info: { admitPerSecond: 5 } });
    await line.join(...names(100));
    await redis.hset(line.keys.line, 'tokensAt', (await serverNowMs(redis)) - 3_600_000);
    const before = (await line.state()).called;
    expect(before).toBeLessThanOrEqual(1 + 5 + 1);
  });

  it('are given to no one while the event is paused or the line is held, and go on afterwards', async () => {
    const line = newLine();
    await line.open({ stock: 3, paused: true });
    await line.join('a', 'b');
    expect(await line.state()).toMatchObject({ phase: 'paused', serving: 0 });
    expect(await line.decide('a')).toMatchObject({ refusal: 'paused', decisions: [{ why: 'phase' }] });
    await line.configure({ paused: false, info: { admitPerSecond: 0 } });
    expect(await line.state()).toMatchObject({ phase: 'held', serving: 0 });
    await line.configure({ info: { admitPerSecond: null } });
    expect(await line.state()).toMatchObject({ phase: 'moving', serving: 2, inUse: 2 });
  });

  it('do not run while the event is paused, to within the time between two calls of the script', async () => {
    const line = newLine();
    await line.open({ stock: 1 });
    await line.serve(
      ['a', 'b'].map((user) => ['join', user]),
      { passMs: 400 },
    );
    await line.configure({ paused: true });
    await line.state();
    const pausedAtMs = await serverNowMs(redis);
    await waitFor(async () => (await serverNowMs(redis)) - pausedAtMs > 600, { what: 'longer than a pass' });
    expect(statusOf(await line.look('a', 'b'))).toEqual(['admitted', 'waiting']);
    await line.configure({ paused: false });
    expect(statusOf(await line.look('a', 'b'))).toEqual(['admitted', 'waiting']);
    await waitFor(async () => statusOf(await line.look('b'))[0] === 'admitted', { what: 'the pass to lapse' });
  });

  it('go to the line first when the stock is topped up', async () => {
    const line = newLine();
    await line.open({ stock: 1 });
    await line.join('a', 'b', 'c');
    await line.decide('a');
    expect(await line.state()).toMatchObject({ phase: 'sold_out', waiting: 2 });
    await line.configure({ stock: 2 });
    expect(await line.decide('stranger')).toMatchObject({ decisions: [{ held: null, why: 'not_admitted' }] });
    expect(statusOf(await line.look('b', 'c'))).toEqual(['admitted', 'waiting']);
    expect(await line.decide('b')).toMatchObject({ decisions: [{ held: { serial: 2 } }] });
  });
});

describe('a line that is turned off', () => {
  it('takes nobody new, calls those who are in it, and then lets everybody claim', async () => {
    const line = newLine();
    await line.open({ stock: 2 });
    await line.join('a', 'b', 'c');
    await line.configure({ info: { line: 'off' } });
    expect(await line.state()).toMatchObject({ phase: 'closing', order: 'fifo' });
    expect(await line.join('d')).toEqual([{ status: 'closing' }]);
    expect(await line.decide('d')).toMatchObject({ decisions: [{ why: 'not_admitted' }] });
    await line.configure({ stock: 4 });
    expect(await line.decide('a', 'b')).toMatchObject({ issuedCount: 2 });
    expect(statusOf(await line.look('c'))).toEqual(['admitted']);
    expect(await line.decide('d', 'c')).toMatchObject({ issuedCount: 1 });
    expect(await line.state()).toMatchObject({ phase: 'off', order: 'off' });
    expect(await line.decide('d')).toMatchObject({ decisions: [{ held: { serial: 4 } }] });
    const { line: hash, waiting: zset, passes, sealed } = line.keys;
    expect(await redis.exists(hash, zset, passes, sealed)).toBe(0);
    expect(await line.look('a', 'z')).toEqual([{ status: 'has_coupon' }, { status: 'off' }]);
  });

  it('is off at once if nobody is in it', async () => {
    const line = newLine();
    await line.open();
    await line.state();
    await line.configure({ info: { line: 'off' } });
    expect(await line.state()).toMatchObject({ phase: 'off' });
    expect(await line.decide('a')).toMatchObject({ decisions: [{ held: { serial: 1 } }] });
  });

  it('keeps its order once somebody has joined, but may change it before', async () => {
    const line = newLine();
    await line.open(held);
    await line.state();
    expect(await line.configure({ info: { line: 'shuffle' } })).toEqual({ kind: 'configured' });
    expect(await line.state()).toMatchObject({ order: 'shuffle', seed });
    await line.join('a');
    expect(await line.configure({ info: { line: 'fifo' } })).toEqual({ kind: 'line_in_use', order: 'shuffle' });
  });
});

describe('a shuffled line', () => {
  it('orders those who joined before the opening by the seed, and puts later ones behind them', async () => {
    const line = newLine();
    const nowMs = await serverNowMs(redis);
    await line.open({ stock: 1_000, opensAtMs: nowMs + 3_600_000, info: { line: 'shuffle', admitPerSecond: 0 } });
    const early = names(50);
    expect(new Set(statusOf(await line.join(...early)))).toEqual(new Set(['shuffling']));
    expect(await line.state()).toMatchObject({ phase: 'gathering', waiting: 50, sealedAtMs: null, seed });
    await line.leave('user-7');
    await line.join('user-7');
    await line.configure({ opensAtMs: nowMs - 1 });
    expect(await line.join('late-1', 'late-2')).toEqual([waiting(51), waiting(52)]);
    const expected = early.toSorted((a, b) => shuffleScore(seed, line.entry(a)) - shuffleScore(seed, line.entry(b)));
    const places = await line.look(...expected);
    expect(places).toEqual(expected.map((_, at) => waiting(at + 1)));
    expect(await redis.lrange(line.keys.sealed, 0, -1)).toEqual(expected);
    expect((await line.state()).sealedAtMs).not.toBeNull();
    // The seal stays as it is, whoever leaves or is called.
    await line.leave(expected[3] ?? '');
    await line.configure({ info: { admitPerSecond: null } });
    await line.state();
    expect(await redis.lrange(line.keys.sealed, 0, -1)).toEqual(expected);
    const [first] = await line.look(expected[0] ?? '');
    expect(first).toMatchObject({ status: 'admitted' });
  });

  it('asks for the score again if it was computed with another seed', async () => {
    const line = newLine();
    await line.open({ opensAtMs: (await serverNowMs(redis)) + 3_600_000, info: { line: 'shuffle' } });
    const { places, state } = await line.serve([['join', 'a']], { knownSeed: '' });
    expect(places).toEqual(['again']);
    expect(state).toMatchObject({ seed, waiting: 0 });
    expect(await line.join('a')).toEqual([{ status: 'shuffling' }]);
  });

  it('has entries that do not tell who they are', () => {
    const coder = openCoder(Buffer.alloc(32, 1));
    expect(entryOf(coder, 'kim')).toMatch(/^[0-9a-z]{16}$/);
    expect(entryOf(coder, 'kim')).not.toBe(entryOf(openCoder(Buffer.alloc(32, 2)), 'kim'));
  });
});

describe('a line that Redis has lost in part', () => {
  it.each(['line', 'waiting', 'passes'] as const)(
    'stops the claims if %s is gone, until the line is turned off',
    async (part) => {
      const line = newLine();
      await line.open({ stock: 2 });
      await line.join('a', 'b', 'c', 'd');
      await line.decide('a');
      await redis.del(line.keys[part]);
      await expect(line.join('e')).rejects.toThrow('line_lost');
      await expect(line.state()).rejects.toThrow('line_lost');
      if (part !== 'waiting') {
        expect(await line.decide('a', 'b')).toMatchObject({
          decisions: [{ held: { serial: 1, replayed: true } }, { held: null, why: 'line_lost' }],
        });
      }
      await line.configure({ info: { line: 'off' } });
      expect(await line.decide('b')).toMatchObject({ decisions: [{ held: { serial: 2 } }] });
      expect(await redis.hexists(gateKey(line.eventId), 'lineUsed')).toBe(0);
      await line.configure({ stock: 3, info: { line: 'fifo' } });
      expect(statusOf(await line.join('c', 'd'))).toEqual(['admitted', 'waiting']);
    },
  );
});

it('an event without a line keeps nothing of a line, and its claims need no pass', async () => {
  const line = newLine();
  await line.open({ info: { line: null } });
  expect(await line.decide('a')).toMatchObject({ decisions: [{ held: { serial: 1 } }] });
  expect(await line.join('a', 'b')).toEqual([{ status: 'has_coupon' }, { status: 'off' }]);
  const { line: hash, waiting: zset, passes, sealed } = line.keys;
  expect(await redis.exists(hash, zset, passes, sealed)).toBe(0);
});

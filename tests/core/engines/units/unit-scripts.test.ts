import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  countUnits,
  endAttempts,
  readRegiven,
  readUnits,
  returnUnits,
  settleUnits,
  takeUnits,
  type Attempt,
  type SettleResult,
  type TakenUnits,
} from '../../../../core/engines/units/unit-scripts.ts';
import { strategyNames } from '../../../../core/events/event.ts';
import {
  beginRound,
  configureGate,
  findClaimInRedis,
  seedGate,
  type ConfigureReply,
} from '../../../../core/gate/gate-scripts.ts';
import { readGate, type Gate } from '../../../../core/gate/gate.ts';
import { retireRoundInRedis, type RetireReply } from '../../../../core/gate/retire-scripts.ts';
import { roundKeys } from '../../../../core/redis/keys.ts';
import { allKeys } from '../../../support/all-keys.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { plainInfo } from '../../events/plain-info.ts';

const eventId = 'ev_units';
const runId = 'run-1';
const keys = roundKeys(eventId, 1);
const expected = { round: 1, runId, strategy: 'redis-counter-set' } as const;
const info = plainInfo;

/** A separate server, because these tests flush scripts and fill the memory. */
let server: TestRedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => redis.flushdb());

async function redisNowMs(): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

async function openGate(change: Partial<Gate> = {}): Promise<Gate> {
  const gate: Gate = {
    ...{ round: 1, version: 1, strategy: 'redis-counter-set', stock: 3, issued: 0, paused: false, closed: false },
    opensAtMs: (await redisNowMs()) - 1_000,
    closesAtMs: null,
    heldOpensAtMs: null,
    given: 0,
    vacant: 0,
    reserved: '',
    lastAtMs: 0,
    firstAtMs: null,
    soldOutAtMs: null,
    runId,
    codeKey: Buffer.alloc(32, 1),
    info,
    pendingChanges: '',
    ...change,
  };
  expect(await seedGate(redis, eventId, gate, 'first')).toBe('seeded');
  return gate;
}

async function retire(): Promise<RetireReply> {
  const retirement = { eventId, round: 1, version: 1, winners: await redis.hlen(keys.winners), token: 't' };
  const begun = await retireRoundInRedis(redis, 'begin', retirement);
  return begun.kind === 'ready' ? retireRoundInRedis(redis, 'end', retirement) : begun;
}

type Taking = { unitsMax?: number; callId?: string };

async function take(users: string[], { unitsMax = 256, callId = '' }: Taking = {}): Promise<TakenUnits> {
  const taken = await takeUnits(redis, keys, expected, { unitsMax, callId, users });
  if (taken.kind !== 'decided') throw new Error(taken.kind);
  return taken;
}

/**
 * Each user's result in short: the number of a unit, `=serial` for a claim, the phase that caused a refusal, or
 * `later`.
 */
const words = ({ results }: TakenUnits): (string | number)[] =>
  results.map((result) => {
    switch (result.kind) {
      case 'unit':
        return result.unit.number;
      case 'held':
        return `=${result.serial}`;
      case 'refused':
        return result.phase;
      case 'later':
        return 'later';
    }
  });

const unitsOf = ({ results }: TakenUnits): Attempt[] =>
  results.flatMap((result) => (result.kind === 'unit' ? [result.unit] : []));

async function settle(...units: Attempt[]): Promise<SettleResult[]> {
  const rows = units.map(({ number, userId, claimedAtMs }) => ({ serial: number, userId, claimedAtMs }));
  const settled = await settleUnits(redis, keys, expected, rows);
  if (settled.kind !== 'settled') throw new Error(settled.kind);
  return settled.results;
}

const giveBack = (...units: Attempt[]) => returnUnits(redis, keys, expected, units);

async function configured(change: Partial<Gate>): Promise<ConfigureReply> {
  const gate = await readGate(redis, eventId);
  if (gate === null) throw new Error('no gate');
  const config = { ...gate, version: gate.version + 1, ...change };
  return configureGate(redis, eventId, config, { pendingBefore: '', pendingChanges: '' });
}

describe('taking units', () => {
  it('gives numbers in order to as many callers as MySQL can store now, and tells the others to wait', async () => {
    await openGate();
    const taken = await take(['a', 'b', 'c'], { unitsMax: 2 });
    expect(words(taken)).toEqual([1, 2, 'later']);
    expect(taken.left).toBe(1);
    expect(words(await take(['c', 'd']))).toEqual([3, 'later']);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 0, given: 3, attempts: 3, holders: 3 });
  });

  it('gives out no number if MySQL cannot store a claim now', async () => {
    await openGate();
    expect(words(await take(['a'], { unitsMax: 0 }))).toEqual(['later']);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ given: 0, attempts: 0 });
  });

  it('answers sold out only once every unit is settled', async () => {
    await openGate({ stock: 2 });
    const [first, second] = unitsOf(await take(['a', 'b']));
    if (first === undefined || second === undefined) throw new Error('no units');
    await settle(first);
    expect(words(await take(['c']))).toEqual(['later']);
    await settle(second);
    expect(words(await take(['c', 'a']))).toEqual(['sold_out', '=1']);
    const gate = await readGate(redis, eventId);
    expect(gate).toMatchObject({ issued: 2, given: 2, firstAtMs: first.claimedAtMs });
    expect(gate?.soldOutAtMs).toBeGreaterThanOrEqual(second.claimedAtMs);
  });

  it('gives the same number and time, with a later deadline, to a user who asks again', async () => {
    await openGate();
    const [before] = unitsOf(await take(['a']));
    const [again] = unitsOf(await take(['a', 'a']));
    expect(again).toMatchObject({ number: 1, claimedAtMs: before?.claimedAtMs });
    expect(again?.deadlineMs).toBeGreaterThanOrEqual(before?.deadlineMs ?? Infinity);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ given: 1, attempts: 1 });
  });

  it('gives each call a number of its own if numbers belong to calls, and the same number again if a call is sent twice', async () => {
    await openGate({ stock: 10 });
    expect(words(await take(['a', 'a'], { callId: 'one' }))).toEqual([1, 2]);
    expect(words(await take(['a', 'a'], { callId: 'one' }))).toEqual([1, 2]);
    expect(words(await take(['a'], { callId: 'two' }))).toEqual([3]);
    expect(unitsOf(await take(['a'], { callId: 'two' }))[0]).toMatchObject({ userId: 'a', number: 3 });
  });

  it.each(['', 'call'])('compares user ids byte by byte (call %j)', async (callId) => {
    await openGate({ stock: 10 });
    const people = ['Kim', 'kim', 'a{b}', '__proto__', '1:2', 'x:y:z'];
    const units = unitsOf(await take(people, { callId }));
    expect(units.map(({ userId }) => userId)).toEqual(people);
    const [first, ...others] = units;
    if (first === undefined) throw new Error('no unit');
    expect(await settle(first)).toEqual(['settled']);
    expect(await giveBack(...others)).toBe(others.length);
    expect(Object.keys(await redis.hgetall(keys.winners))).toEqual(['Kim']);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ attempts: 0, holders: 0, returned: others.length });
  });

  it('refuses new users with the reason for the current phase, but still recognizes users who have a claim', async () => {
    await openGate({ stock: 5 });
    const [unit] = unitsOf(await take(['a']));
    if (unit === undefined) throw new Error('no unit');
    await settle(unit);
    await configured({ paused: true });
    expect(words(await take(['b', 'a']))).toEqual(['paused', '=1']);
    await configured({ paused: true, closed: true });
    expect(words(await take(['b', 'a']))).toEqual(['closed', '=1']);
  });

  it('never refuses a user whose claim may be on its way, whatever the phase', async () => {
    await openGate({ stock: 5 });
    await take(['a']);
    await configured({ paused: true });
    expect(words(await take(['a', 'b']))).toEqual([1, 'paused']);
    expect(words(await take(['b'], { callId: 'call' }))).toEqual(['paused']);
    expect(words(await take(['a'], { callId: 'call' }))).toEqual(['later']);
  });

  it('answers "early" before the opening', async () => {
    await openGate({ opensAtMs: (await redisNowMs()) + 60_000 });
    expect(words(await take(['a']))).toEqual(['scheduled']);
  });

  it('decides a batch of 256 users, including those who have a claim or an attempt', async () => {
    await openGate({ stock: 1_000 });
    const users = Array.from({ length: 256 }, (_, i) => `u${i}`);
    const units = unitsOf(await take(users));
    expect(units).toHaveLength(256);
    expect(unitsOf(await take(users))).toHaveLength(256);
    expect(new Set(await settle(...units))).toEqual(new Set(['settled']));
    expect(words(await take(users)).at(-1)).toBe('=256');
  });

  it('reports a round if one of its keys is missing', async () => {
    for (const part of [keys.attempts, keys.holders, keys.returned, keys.winners]) {
      await redis.flushdb();
      await openGate({ stock: 9 });
      const [first, second, third] = unitsOf(await take(['a', 'b', 'c']));
      if (first === undefined || second === undefined || third === undefined) throw new Error('no units');
      await settle(first);
      await giveBack(second);
      await redis.del(part);
      await expect(take(['d'])).rejects.toThrow('torn');
    }
  });

  it('reports a gate that is missing, in another round, or not compared with MySQL', async () => {
    const asked = () => takeUnits(redis, keys, expected, { unitsMax: 1, callId: '', users: ['a'] });
    expect(await asked()).toEqual({ kind: 'no_gate' });
    await openGate({ round: 2 });
    expect(await asked()).toEqual({ kind: 'round', round: 2 });
    await redis.flushdb();
    await openGate({ runId: 'another' });
    expect(await asked()).toEqual({ kind: 'unverified' });
  });

  it.each(strategyNames.filter((name) => name !== 'redis-counter-set'))(
    'gives out, settles and returns nothing if the gate belongs to %s',
    async (strategy) => {
      // Takes units with the gate’s own strategy, so that there are units to settle and return.
      await openGate({ strategy });
      const theirs = { ...expected, strategy };
      const given = await takeUnits(redis, keys, theirs, { unitsMax: 2, callId: '', users: ['a', 'b'] });
      if (given.kind !== 'decided') throw new Error(given.kind);
      const [a, b] = unitsOf(given);
      if (a === undefined || b === undefined) throw new Error('no units');
      const row = { serial: a.number, userId: a.userId, claimedAtMs: a.claimedAtMs };
      const before = await allKeys(redis);
      const refused = { kind: 'strategy', strategy };
      expect(await takeUnits(redis, keys, expected, { unitsMax: 1, callId: '', users: ['c'] })).toEqual(refused);
      expect(await takeUnits(redis, keys, expected, { unitsMax: 1, callId: 'call', users: ['c'] })).toEqual(refused);
      expect(await settleUnits(redis, keys, expected, [row])).toEqual(refused);
      expect(await giveBack(b)).toBe(0);
      expect(await findClaimInRedis(redis, keys, expected, 'a')).toEqual(refused);
      expect(await allKeys(redis)).toEqual(before);
      expect(await settleUnits(redis, keys, theirs, [row])).toEqual({ kind: 'settled', results: ['settled'] });
      expect(await returnUnits(redis, keys, theirs, [b])).toBe(1);
    },
  );

  it('works after SCRIPT FLUSH', async () => {
    await openGate();
    await redis.script('FLUSH');
    const units = unitsOf(await take(['a', 'b']));
    await redis.script('FLUSH');
    expect(await settle(...units.slice(0, 1))).toEqual(['settled']);
    await redis.script('FLUSH');
    expect(await giveBack(...units.slice(1))).toBe(1);
  });

  it('gives out nothing, not even half of a batch, if memory is full, but still runs the scripts that free memory', async () => {
    await openGate({ stock: 9 });
    const [first, second] = unitsOf(await take(['a', 'b']));
    if (first === undefined || second === undefined) throw new Error('no units');
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(take(['c', 'a'])).rejects.toThrow('OOM');
      expect(await settle(first)).toEqual(['settled']);
      expect(await giveBack(second)).toBe(1);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await countUnits(redis, keys, 1)).toEqual({
      ...{ issued: 1, given: 2, winners: 1, attempts: 0, holders: 0, returned: 1 },
    });
    expect(words(await take(['c', 'd']))).toEqual([2, 3]);
  });
});

describe('settling a unit', () => {
  it('records a winner once, however often it runs, and reports the winner as new once', async () => {
    await openGate();
    const [unit] = unitsOf(await take(['a']));
    if (unit === undefined) throw new Error('no unit');
    expect(await settle(unit, unit)).toEqual(['settled', 'settled_before']);
    expect(await settle(unit)).toEqual(['settled_before']);
    expect(await redis.hgetall(keys.winners)).toEqual({ a: `1:${unit.claimedAtMs}` });
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 1, given: 1, attempts: 0, holders: 0 });
  });

  it('removes the attempt of a number’s current writer if MySQL has the number for another user', async () => {
    await openGate();
    const [slow] = unitsOf(await take(['slow']));
    if (slow === undefined) throw new Error('no unit');
    await giveBack(slow);
    const [quick] = unitsOf(await take(['quick']));
    expect(quick?.number).toBe(1);
    // The insert for the first number arrived late.
    expect(await settle(slow)).toEqual(['settled']);
    expect(words(await take(['slow', 'quick']))).toEqual(['=1', 2]);
  });

  it('records the winner of a returned number if MySQL turns out to have the claim', async () => {
    await openGate();
    const [unit] = unitsOf(await take(['a']));
    if (unit === undefined) throw new Error('no unit');
    await giveBack(unit);
    expect(await settle(unit)).toEqual(['settled']);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 1, given: 1, returned: 0 });
  });

  it('reports a contradiction between MySQL and Redis, and changes nothing', async () => {
    await openGate({ stock: 9 });
    const [unit, other] = unitsOf(await take(['a', 'b']));
    if (unit === undefined || other === undefined) throw new Error('no units');
    await settle(unit);
    const before = await redis.hgetall(keys.winners);
    expect(await settle({ ...unit, userId: 'c' })).toEqual(['contradicts']);
    expect(await settle({ ...other, userId: 'a' })).toEqual(['contradicts']);
    expect(await redis.hgetall(keys.winners)).toEqual(before);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 1, attempts: 1 });
  });

  it('reports that the gate is older than MySQL if MySQL has a number that the gate never gave out', async () => {
    await openGate();
    const row = { serial: 1, userId: 'a', claimedAtMs: 1 };
    expect(await settleUnits(redis, keys, expected, [row])).toEqual({ kind: 'torn' });
  });
});

describe('returning a unit', () => {
  it('gives out the lowest returned number before any new number, and records that it had been returned', async () => {
    await openGate({ stock: 9 });
    const units = unitsOf(await take(['a', 'b', 'c']));
    expect(await giveBack(...units.slice(0, 2))).toBe(2);
    expect((await readUnits(redis, keys)).returned).toEqual([1, 2]);
    expect(words(await take(['d', 'e', 'f']))).toEqual([1, 2, 4]);
    expect(await readGate(redis, eventId)).toMatchObject({ given: 4 });
    expect(await readRegiven(redis, keys)).toEqual(new Set([1, 2]));
  });

  it('leaves an attempt alone if its user has asked again or the attempt is settled', async () => {
    await openGate();
    const [before] = unitsOf(await take(['a']));
    if (before === undefined) throw new Error('no unit');
    const { attempt } = before;
    let again = before;
    // Deadlines are in whole milliseconds, so repeat until the deadline has moved.
    while (again.attempt === attempt) again = unitsOf(await take(['a']))[0] ?? before;
    expect(await giveBack(before)).toBe(0);
    await settle(again);
    expect(await giveBack(again)).toBe(0);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 1, returned: 0 });
  });
});

describe('a gate with units', () => {
  it('can lower its stock below returned numbers, but not below numbers that have a winner or are being written', async () => {
    await openGate({ stock: 9 });
    const [first, second, third] = unitsOf(await take(['a', 'b', 'c']));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no units');
    await settle(first);
    expect(await configured({ stock: 2 })).toEqual({ kind: 'below_issued', issued: 3 });
    await giveBack(third);
    expect(await configured({ stock: 1 })).toEqual({ kind: 'below_issued', issued: 2 });
    expect(await configured({ stock: 2 })).toEqual({ kind: 'configured' });
    // Nobody has number 3, which is above the lowered stock. The gate gives it out again once the stock is raised.
    await settle(second);
    expect(words(await take(['d']))).toEqual(['sold_out']);
    await configured({ stock: 4 });
    expect(words(await take(['d', 'e', 'f']))).toEqual([3, 4, 'later']);
  });

  it('does not report that a user has no claim while units are being written', async () => {
    await openGate();
    const find = (user: string) => findClaimInRedis(redis, keys, expected, user);
    expect(await find('a')).toEqual({ kind: 'none' });
    const [unit] = unitsOf(await take(['a']));
    if (unit === undefined) throw new Error('no unit');
    expect(await find('a')).toEqual({ kind: 'undecided' });
    await settle(unit);
    expect(await find('a')).toMatchObject({ kind: 'found', serial: 1, state: 'persisted' });
    expect(await find('b')).toEqual({ kind: 'none' });
  });

  it('after a reset, settles and returns units of the previous round through that round’s keys, and counts none of them in the new round', async () => {
    await openGate({ stock: 9 });
    const [stored, late, dropped] = unitsOf(await take(['a', 'b', 'c']));
    if (stored === undefined || late === undefined || dropped === undefined) throw new Error('no units');
    const seen = { round: '1', version: '1', pendingChanges: '' };
    const gate = await readGate(redis, eventId);
    if (gate === null) throw new Error('no gate');
    const next: Gate = { ...gate, round: 2, version: 2, given: 0 };
    expect(await beginRound(redis, eventId, next, 'first', seen)).toMatchObject({ kind: 'seeded', issued: 0 });
    expect(await retire()).toEqual({ kind: 'refused', why: 'pending' });
    expect(await settle(stored, stored)).toEqual(['settled', 'settled_before']);
    expect(await giveBack(late, dropped)).toBe(2);
    expect(await settle(late)).toEqual(['settled']);
    expect(await redis.hlen(keys.winners)).toBe(2);
    expect(await readGate(redis, eventId)).toEqual(next);
    // Once the gate is gone, only a caller that knows that the event has a later round may settle.
    await redis.del(keys.gate);
    const row = { serial: 3, userId: 'c', claimedAtMs: dropped.claimedAtMs };
    expect(await settleUnits(redis, keys, expected, [row])).toEqual({ kind: 'no_gate' });
    expect(await settleUnits(redis, keys, expected, [row], 2)).toEqual({ kind: 'settled', results: ['settled'] });
    expect(await retire()).toEqual({ kind: 'retired' });
    expect(await settleUnits(redis, keys, expected, [row], 2)).toEqual({
      kind: 'settled',
      results: ['settled_before'],
    });
    expect(await redis.exists(...Object.values(keys))).toBe(0);
  });

  it('is not retired while a unit is being written', async () => {
    await openGate();
    const units = unitsOf(await take(['a', 'b']));
    expect(await retire()).toEqual({ kind: 'refused', why: 'pending' });
    await giveBack(...units);
    expect(await retire()).toEqual({ kind: 'refused', why: 'unsold' });
    await redis.hset(keys.gate, 'closed', '1');
    expect(await retire()).toEqual({ kind: 'retired' });
    expect(await redis.exists(...Object.values(keys))).toBe(0);
  });

  it('includes the returned numbers that nobody has after it is rebuilt', async () => {
    await redis.hset(keys.winners, { a: '1:5', b: '4:6' });
    const gate = await openGateRebuilt();
    expect(await seedGate(redis, eventId, gate, 'rebuilt', { returned: [2, 3], regiven: [1] })).toBe('seeded');
    expect(await readRegiven(redis, keys)).toEqual(new Set([1]));
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 2, given: 4, returned: 2 });
    expect(words(await take(['a', 'c', 'd', 'e']))).toEqual(['=1', 2, 3, 5]);
  });

  async function openGateRebuilt(): Promise<Gate> {
    const gate = await openGate({ round: 7, stock: 9 });
    await redis.del(keys.gate);
    return { ...gate, round: 1, issued: 2, given: 4 };
  }
});

describe('ending an attempt', () => {
  const end = (number: number, attempt: string, userId: string | null) =>
    endAttempts(redis, keys, 1, [{ number, attempt, userId }]);
  const attempts = () => redis.hgetall(keys.attempts);

  it('works only once if a winner has the attempt’s number, and removes the number’s holder', async () => {
    await openGate();
    await redis.hset(keys.gate, { issued: 1, given: 1 });
    await redis.hset(keys.winners, 'user-1', '1:1001');
    await redis.hset(keys.attempts, '1', '5:9:late');
    await redis.hset(keys.holders, 'late', '1');
    expect(await end(1, '5:9:late', 'user-1')).toBe(1);
    expect(await end(1, '5:9:late', 'user-1')).toBe(0);
    expect(await countUnits(redis, keys, 1)).toMatchObject({
      winners: 1,
      attempts: 0,
      holders: 0,
      returned: 0,
      given: 1,
    });
  });

  it('does nothing if the attempt has changed, no winner has its number, or the gate is in another round', async () => {
    await openGate();
    await redis.hset(keys.gate, { issued: 1, given: 2 });
    await redis.hset(keys.winners, 'user-1', '1:1001');
    const noted = { '1': '6:10:late', '2': '5:9:early' };
    await redis.hset(keys.attempts, noted);
    await redis.hset(keys.holders, { late: '1', early: '2' });
    expect(await end(1, '5:9:late', 'user-1')).toBe(0);
    expect(await end(2, '5:9:early', 'user-1')).toBe(0);
    expect(await end(2, '5:9:early', 'nobody')).toBe(0);
    expect(await end(2, '5:9:early', null)).toBe(0);
    expect(
      await endAttempts(redis, roundKeys(eventId, 2), 2, [{ number: 1, attempt: '6:10:late', userId: 'user-1' }]),
    ).toBe(0);
    expect(await attempts()).toEqual(noted);
  });

  it('keeps a holder who is now writing a different number', async () => {
    await openGate();
    await redis.hset(keys.gate, { issued: 1, given: 2 });
    await redis.hset(keys.winners, 'user-1', '1:1001');
    await redis.hset(keys.attempts, { '1': '5:9:late', '2': '6:10:late' });
    await redis.hset(keys.holders, 'late', '2');
    expect(await end(1, '5:9:late', 'user-1')).toBe(1);
    expect(await redis.hgetall(keys.holders)).toEqual({ late: '2' });
    expect(await attempts()).toEqual({ '2': '6:10:late' });
  });

  it('removes a number that is being written from the returned numbers', async () => {
    await openGate();
    await redis.hset(keys.gate, { given: 1 });
    await redis.hset(keys.attempts, '1', '5:9:late');
    await redis.hset(keys.holders, 'late', '1');
    await redis.zadd(keys.returned, 1, '1');
    expect(await end(1, '5:9:late', null)).toBe(1);
    expect(await countUnits(redis, keys, 1)).toMatchObject({ attempts: 1, holders: 1, returned: 0 });
  });

  it('changes nothing if a key has the wrong type', async () => {
    await openGate();
    await redis.hset(keys.gate, { issued: 1, given: 1 });
    await redis.hset(keys.winners, 'user-1', '1:1001');
    await redis.hset(keys.attempts, '1', '5:9:late');
    await redis.set(keys.returned, 'mine');
    await expect(end(1, '5:9:late', 'user-1')).rejects.toThrow(/WRONGTYPE/);
    expect(await attempts()).toEqual({ '1': '5:9:late' });
  });
});

import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideClaims } from '../../../core/engines/stream/stream-scripts.ts';
import { countUnits, takeUnits } from '../../../core/engines/units/unit-scripts.ts';
import { seedGate, type ExpectedGate } from '../../../core/gate/gate-scripts.ts';
import { readGate, type Gate } from '../../../core/gate/gate.ts';
import { clearLost, mendCounter, putWinners } from '../../../core/gate/repair-scripts.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { allKeys } from '../../support/all-keys.ts';
import { createTestRedis, type TestRedis } from '../../support/test-redis.ts';
import { plainInfo } from '../events/plain-info.ts';

const eventId = 'ev_repair';
const keys = roundKeys(eventId, 1);
const ofStream = { round: 1, runId: 'run-1', strategy: 'redis-stream' } as const;
const ofCounter = { ...ofStream, strategy: 'redis-counter-set' } as const;
const info = plainInfo;
let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await createTestRedis();
  redis = new Redis(server.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => redis.flushdb());

async function openGate(strategy: 'redis-stream' | 'redis-counter-set', change: Partial<Gate> = {}): Promise<void> {
  const gate: Gate = {
    ...{ round: 1, version: 1, strategy, stock: 10, issued: 0, paused: false, closed: false, opensAtMs: 1 },
    ...{
      closesAtMs: null,
      heldOpensAtMs: null,
      given: strategy === 'redis-stream' ? null : 0,
      vacant: 0,
      reserved: '',
      lastAtMs: 0,
      firstAtMs: null,
    },
    ...{ soldOutAtMs: null, runId: 'run-1', codeKey: Buffer.alloc(32, 1), info, pendingChanges: '' },
  };
  expect(await seedGate(redis, eventId, gate, 'first')).toBe('seeded');
  const fields = Object.entries(change).map(([name, value]) => [name, Number(value)]);
  if (fields.length > 0) await redis.hset(keys.gate, Object.fromEntries(fields) as Record<string, number>);
}

const claim = (serial: number, userId = `user-${serial}`) => ({ serial, userId, claimedAtMs: 1_000 + serial });
const put = (claims: ReturnType<typeof claim>[], mayRaise = false, expected: ExpectedGate = ofStream) =>
  putWinners(redis, keys, expected, claims, { mayRaise });
const decide = (users: string[]) => decideClaims(redis, keys, ofStream, users);

describe('put-winners without units', () => {
  it('gives each serial below the counter to one winner', async () => {
    await openGate('redis-stream', { issued: 3 });
    expect(await put([claim(1), claim(3)])).toEqual(['put', 'put']);
    expect(await put([claim(1), claim(2)])).toEqual(['held', 'put']);
    expect(await put([claim(2, 'other')])).toEqual(['no_place']);
    expect(await redis.hgetall(keys.winners)).toEqual({ 'user-1': '1:1001', 'user-2': '2:1002', 'user-3': '3:1003' });
    expect(await decide(['new'])).toMatchObject({ decisions: [{ held: { serial: 4 } }] });
  });

  it('raises the counter only on request, and only while nobody can claim', async () => {
    await openGate('redis-stream');
    expect(await put([claim(1)])).toEqual(['beyond']);
    expect(await put([claim(1)], true)).toEqual(['beyond']);
    await redis.hset(keys.gate, 'paused', '1');
    expect(await put([claim(1)])).toEqual(['beyond']);
    expect(await put([claim(1), claim(2)], true)).toEqual(['put', 'put']);
    expect(await readGate(redis, eventId)).toMatchObject({ issued: 2, lastAtMs: 1_002, firstAtMs: 1_001 });
    expect(await put([claim(11)], true)).toEqual(['no_place']);
  });

  it('gives a vacant serial to a winner', async () => {
    await openGate('redis-stream', { issued: 3, vacant: 3 });
    expect(await put([claim(2)])).toEqual(['put']);
    expect(await readGate(redis, eventId)).toMatchObject({ issued: 3, vacant: 2 });
    expect(await decide(['new', 'user-2'])).toMatchObject({
      decisions: [{ held: { serial: 4 } }, { held: { serial: 2 } }],
    });
  });

  it('records the sell-out once the winners use up the stock', async () => {
    await openGate('redis-stream', { issued: 9, paused: true });
    await put(
      Array.from({ length: 10 }, (_, i) => claim(i + 1)),
      true,
    );
    expect(await readGate(redis, eventId)).toMatchObject({ issued: 10, soldOutAtMs: 1_010 });
  });

  it('does nothing without its gate', async () => {
    expect(await put([claim(1)], true)).toEqual(['gone']);
    await openGate('redis-stream');
    expect(await put([claim(1)], true, { ...ofStream, round: 2 })).toEqual(['gone']);
    expect(await redis.exists(keys.winners)).toBe(0);
  });
});

describe('put-winners with units', () => {
  it('removes a winner’s number from every other place that has the number', async () => {
    await openGate('redis-counter-set');
    await takeUnits(redis, keys, ofCounter, { unitsMax: 2, callId: '', users: ['a', 'b'] });
    await redis.hdel(keys.attempts, '2');
    await redis.hdel(keys.holders, 'b');
    await redis.zadd(keys.returned, 2, '2');
    const back = [claim(1, 'a'), claim(2, 'b'), claim(5, 'c')];
    expect(await put(back, true, ofCounter)).toEqual(['put', 'put', 'put']);
    expect(await countUnits(redis, keys, 1)).toEqual({
      ...{ issued: 3, given: 5, winners: 3, attempts: 0, holders: 0, returned: 2 },
    });
    expect(await redis.zrange(keys.returned, '0', '-1')).toEqual(['3', '4']);
    expect(await put([claim(6)], false, ofCounter)).toEqual(['beyond']);
  });
});

describe('mend-counter', () => {
  it('raises the counter, and never lowers it for a gate without units', async () => {
    await openGate('redis-stream', { issued: 3 });
    await redis.hset(keys.winners, { a: '1:1', b: '2:1', c: '3:1', d: '4:1' });
    expect(await mendCounter(redis, keys, ofStream, { highest: 4 })).toEqual({
      kind: 'mended',
      changed: true,
      vacant: 0,
    });
    expect(await mendCounter(redis, keys, ofStream, { highest: 2 })).toEqual({
      kind: 'mended',
      changed: false,
      vacant: 0,
    });
    expect(await readGate(redis, eventId)).toMatchObject({ issued: 4 });
  });

  it('leaves serials vacant only while nobody can claim', async () => {
    await openGate('redis-stream', { issued: 4 });
    await redis.hset(keys.winners, { a: '1:1', d: '4:1' });
    expect(await mendCounter(redis, keys, ofStream, { highest: 4 })).toEqual({ kind: 'unpaused' });
    expect(await decide(['new'])).toEqual({ kind: 'torn' });
    await redis.hset(keys.gate, 'paused', '1');
    expect(await mendCounter(redis, keys, ofStream, { highest: 4 })).toEqual({
      kind: 'mended',
      changed: true,
      vacant: 2,
    });
    await redis.hset(keys.gate, 'paused', '0');
    expect(await decide(['new', 'd'])).toMatchObject({ decisions: [{ held: { serial: 5 } }, { held: { serial: 4 } }] });
  });

  it('sets the counter of a gate with units to the number of winners, and returns only as many lost numbers as are missing', async () => {
    await openGate('redis-counter-set', { issued: 3, given: 4 });
    await redis.hset(keys.winners, { a: '1:1', b: '2:1' });
    expect(await mendCounter(redis, keys, ofCounter, { highest: 2, lost: [3, 4, 9] })).toMatchObject({ changed: true });
    expect(await countUnits(redis, keys, 1)).toMatchObject({ issued: 2, given: 4, returned: 2 });
    expect(await mendCounter(redis, keys, ofCounter, { highest: 2, lost: [3, 4, 9] })).toMatchObject({
      changed: false,
    });
    expect(await takeUnits(redis, keys, ofCounter, { unitsMax: 1, callId: '', users: ['c'] })).toMatchObject({
      results: [{ kind: 'unit', unit: { number: 3 } }],
    });
  });

  it('does nothing without its gate', async () => {
    expect(await mendCounter(redis, keys, ofStream, { highest: 4 })).toEqual({ kind: 'gone' });
  });
});

it.each([
  ['redis-stream', 'redis-counter-set'],
  ['redis-counter-set', 'redis-stream'],
] as const)('a repair for a %s event leaves a gate of %s unchanged', async (strategy, owner) => {
  await openGate(owner, { issued: 2, ...(owner === 'redis-counter-set' && { given: 2 }), paused: true });
  const expected = { round: 1, strategy };
  const before = await allKeys(redis);
  expect(await put([claim(1), claim(5)], true, expected)).toEqual(['gone', 'gone']);
  expect(await mendCounter(redis, keys, expected, { highest: 5, lost: [1] })).toEqual({ kind: 'gone' });
  expect(await allKeys(redis)).toEqual(before);
});

describe('clear-lost', () => {
  it('removes the gate that the repair has read, and no other gate', async () => {
    await openGate('redis-stream');
    const seen = await redis.hgetall(keys.gate);
    await redis.hset(keys.gate, 'version', '2');
    expect(await clearLost(redis, keys, seen)).toBe(false);
    expect(await clearLost(redis, keys, {})).toBe(false);
    expect(await redis.exists(keys.gate)).toBe(1);
    expect(await clearLost(redis, keys, { ...seen, version: '2' })).toBe(true);
    expect(await redis.exists(keys.gate)).toBe(0);
  });

  it('removes keys without claims, and leaves keys with claims alone', async () => {
    await redis.hset(keys.winners, 'a', '1:1');
    await redis.xadd(keys.outbox, '*', 's', '1', 't', '1', 'u', 'a');
    await redis.set(keys.gate, 'mine');
    await redis.set(keys.setAside, 'mine');
    await redis.hset(keys.attempts, '3', '1:2:b');
    expect(await clearLost(redis, keys, {})).toBe(true);
    expect(await redis.exists(keys.gate, keys.setAside, keys.attempts)).toBe(0);
    expect(await redis.exists(keys.winners, keys.outbox)).toBe(2);
  });
});

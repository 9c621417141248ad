import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideClaims } from '../../../core/engines/stream/stream-scripts.ts';
import { seedGate } from '../../../core/gate/gate-scripts.ts';
import type { Gate } from '../../../core/gate/gate.ts';
import { keepRoundInRedis, retireRoundInRedis, type Retirement } from '../../../core/gate/retire-scripts.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { createTestRedis, type TestRedis } from '../../support/test-redis.ts';
import { plainInfo } from '../events/plain-info.ts';

const eventId = 'ev_retire';
const keys = roundKeys(eventId, 1);
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

async function openGate(change: Partial<Gate> = {}): Promise<void> {
  const gate: Gate = {
    ...{ round: 1, version: 3, strategy: 'redis-stream', stock: 2, issued: 0, paused: false, closed: false },
    ...{ opensAtMs: 1, closesAtMs: null, heldOpensAtMs: null, given: null, vacant: 0, reserved: '', lastAtMs: 0 },
    ...{ firstAtMs: null, soldOutAtMs: null, runId: 'run-1', codeKey: Buffer.alloc(32, 1), info, pendingChanges: '' },
    ...change,
  };
  expect(await seedGate(redis, eventId, gate, 'first')).toBe('seeded');
}

async function sellOut(change: Partial<Gate> = {}): Promise<void> {
  await openGate(change);
  await decideClaims(redis, keys, { round: 1, runId: 'run-1', strategy: 'redis-stream' }, ['a', 'b']);
  await redis.del(keys.outbox);
}

const ours: Retirement = { eventId, round: 1, version: 3, winners: 2, token: '100' };
const begin = (change: Partial<Retirement> = {}) => retireRoundInRedis(redis, 'begin', { ...ours, ...change });
const end = (change: Partial<Retirement> = {}) => retireRoundInRedis(redis, 'end', { ...ours, ...change });
const refused = (why: string) => ({ kind: 'refused', why });
const retired = { kind: 'retired' };

describe('a finished round', () => {
  it('leaves Redis in two steps, each of which may run twice without harm', async () => {
    await sellOut();
    expect(await begin()).toEqual({ kind: 'ready', counter: 2 });
    expect(await begin()).toEqual({ kind: 'ready', counter: 2 });
    expect(await end()).toEqual(retired);
    expect(await end()).toEqual(retired);
    expect(await redis.dbsize()).toBe(0);
    expect(await begin()).toEqual(retired);
  });

  it('may leave Redis with unsold stock, whether an admin closed it or its closing time has passed', async () => {
    await openGate({ stock: 9 });
    expect(await begin({ winners: 0 })).toEqual(refused('unsold'));
    await redis.hset(keys.gate, 'closesAt', '1000');
    expect(await begin({ winners: 0 })).toEqual({ kind: 'ready', counter: 0 });
    await redis.hset(keys.gate, 'closesAt', '', 'closed', '1');
    expect(await begin({ winners: 0 })).toEqual({ kind: 'ready', counter: 0 });
  });

  it('counts as sold out even if nobody has its last serials', async () => {
    await openGate({ issued: 2, vacant: 2, stock: 2 });
    expect(await begin({ winners: 0 })).toEqual({ kind: 'ready', counter: 2 });
  });
});

describe('a round stays in Redis at every step of its retirement', () => {
  const changes: [string, string, () => Promise<unknown>][] = [
    ['while a claim is set aside', 'set_aside', () => redis.hset(keys.setAside, 'a', 'serial_taken')],
    ['while its outbox holds claims', 'pending', () => redis.xadd(keys.outbox, '*', 's', '1')],
    ['while a unit is being written', 'pending', () => redis.hset(keys.attempts, '1', 'x')],
    ['if the gate is newer than the one that was verified', 'newer', () => redis.hset(keys.gate, 'version', '4')],
    ['if the gate does not have the newest change', 'older', () => redis.hset(keys.gate, 'version', '2')],
    ['if the gate has a change that MySQL lacks', 'carrying', () => redis.hset(keys.gate, 'carry', '[]')],
    ['if it was topped up', 'unsold', () => redis.hset(keys.gate, 'stock', '3')],
    ['if a winner was not verified', 'winners', () => redis.hset(keys.winners, 'c', '3:1')],
    ['if a verified winner is gone', 'winners', () => redis.hdel(keys.winners, 'a')],
  ];

  it.each(changes)('%s', async (_when, why, change) => {
    await sellOut();
    expect(await begin()).toMatchObject({ kind: 'ready' });
    await change();
    expect(await end()).toEqual(refused(why));
    expect(await begin()).toEqual(refused(why));
    expect(await redis.exists(keys.gate, keys.winners)).toBe(2);
  });

  it('if the retirement was cancelled, or another retirement has begun since', async () => {
    await sellOut();
    expect(await end()).toEqual(refused('unmarked'));
    await begin();
    expect(await keepRoundInRedis(redis, eventId, 1)).toBe('kept');
    expect(await keepRoundInRedis(redis, eventId, 1)).toBe('kept');
    expect(await end()).toEqual(refused('unmarked'));
    await begin({ token: '200' });
    expect(await end()).toEqual(refused('unmarked'));
    expect(await end({ token: '200' })).toEqual(retired);
    expect(await keepRoundInRedis(redis, eventId, 1)).toBe('gone');
  });
});

describe('a round before the gate’s current one', () => {
  it('leaves Redis even if the gate is gone', async () => {
    await openGate({ round: 2, version: 4 });
    await redis.hset(keys.winners, { a: '1:5', b: '2:6' });
    expect(await begin()).toEqual({ kind: 'ready', counter: 2 });
    expect(await end()).toEqual(retired);
    expect(await redis.keys('*')).toEqual([keys.gate]);
  });

  it('stays in Redis while one of its claims is set aside', async () => {
    await openGate({ round: 2, version: 4 });
    await redis.hset(keys.winners, { a: '1:5', b: '2:6' });
    await redis.hset(keys.setAside, 'a', 'serial_taken');
    expect(await begin()).toEqual(refused('set_aside'));
    expect(await end()).toEqual(refused('set_aside'));
    expect(await keepRoundInRedis(redis, eventId, 1)).toBe('kept');
  });

  it('stays in Redis while a reset has not reached the gate', async () => {
    await sellOut();
    expect(await begin({ version: 4 })).toEqual(refused('older'));
  });
});

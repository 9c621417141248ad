import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configureGate, seedGate, trustGate } from '../../../core/gate/gate-scripts.ts';
import { readGate, sealOf, type Gate } from '../../../core/gate/gate.ts';
import { roundKeys } from '../../../core/redis/keys.ts';
import { startRedis, type TestRedisServer } from '../../support/test-servers.ts';
import { runId, serverNowMs, streamGate } from './stream-gate.ts';

const eventId = 'ev_gate';
const keys = roundKeys(eventId, 1);

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

const { openGate, decide, serials } = streamGate(() => redis, eventId);
const redisNowMs = () => serverNowMs(redis);

describe('seeding a gate', () => {
  it('creates the gate once', async () => {
    const gate = await openGate();
    await decide('a');
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('exists');
    expect((await readGate(redis, eventId))?.issued).toBe(1);
  });

  it('creates the gate a second time only before the opening', async () => {
    const gate = await openGate({ opensAtMs: (await redisNowMs()) + 3_600_000 });
    await redis.flushdb();
    expect(await seedGate(redis, eventId, gate, 'again')).toBe('seeded');
    await redis.flushdb();
    expect(await seedGate(redis, eventId, { ...gate, opensAtMs: await redisNowMs() }, 'again')).toBe('late');
    expect(await redis.exists(keys.gate)).toBe(0);
  });

  it('creates nothing if somebody may have claimed, and reports the gate that it found', async () => {
    const gate = await openGate({ opensAtMs: (await redisNowMs()) + 3_600_000, runId: sealOf(1_000) });
    const later = { ...gate, runId: sealOf(2_000) };
    expect(await seedGate(redis, eventId, later, 'keep', { seal: sealOf(1_000) })).toBe('exists');
    expect(await seedGate(redis, eventId, later, 'keep', { seal: sealOf(500) })).toBe('late');
    expect(await readGate(redis, eventId)).toEqual(gate);
    await redis.flushdb();
    expect(await seedGate(redis, eventId, later, 'keep')).toBe('late');
    expect(await redis.dbsize()).toBe(0);
  });

  it('refuses to open a round if keys of a lost round remain', async () => {
    const gate = await openGate();
    await decide('a');
    await redis.del(keys.gate);
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('leftover');
    await redis.del(keys.winners);
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('leftover');
  });

  it('replaces an untrusted gate only with a later one, and keeps changes that only the untrusted gate had', async () => {
    const gate = await openGate({ runId: sealOf(1_000) });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
    await redis.hset(keys.gate, 'carry', '[]', 'paused', 1);
    const next: Gate = { ...gate, stock: 9, strategy: 'unsafe', version: 2, runId: sealOf(2_000) };
    expect(await seedGate(redis, eventId, next, 'first')).toBe('seeded');
    expect(await readGate(redis, eventId)).toEqual({ ...next, pendingChanges: '[]', paused: true });
    expect(await seedGate(redis, eventId, gate, 'first')).toBe('newer');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'again')).toBe('late');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'again', { seal: sealOf(2_000) })).toBe(
      'exists',
    );
    expect(await trustGate(redis, eventId, next, runId)).toBe('trusted');
    expect(await seedGate(redis, eventId, { ...gate, runId: sealOf(3_000) }, 'first')).toBe('exists');
    expect(await readGate(redis, eventId)).toMatchObject({ stock: 9, runId });
  });

  it('accepts a rebuilt round only if all of its winners are in Redis', async () => {
    const gate = await openGate({ issued: 0 });
    await redis.flushdb();
    await redis.hset(keys.winners, 'a', '1:5');
    expect(await seedGate(redis, eventId, { ...gate, issued: 2 }, 'rebuilt')).toBe('leftover');
    expect(await seedGate(redis, eventId, { ...gate, issued: 1 }, 'rebuilt')).toBe('seeded');
    expect(await serials('a', 'b')).toEqual([1, 2]);
  });
});

describe('configuring a gate', () => {
  type Carried = Parameters<typeof configureGate>[3];
  const configure = (gate: Gate, change: Partial<Gate>, carried: Carried = { pendingBefore: '', pendingChanges: '' }) =>
    configureGate(redis, eventId, { ...gate, version: gate.version + 1, ...change }, carried);

  it('accepts only newer versions, so that a late change cannot undo a newer one', async () => {
    const gate = await openGate();
    expect(await configure(gate, { version: 5, stock: 9 })).toEqual({ kind: 'configured' });
    expect(await configure(gate, { version: 4, stock: 1 })).toEqual({ kind: 'older', version: 5 });
    expect(await configure(gate, { version: 5, stock: 1 })).toEqual({ kind: 'older', version: 5 });
    expect((await readGate(redis, eventId))?.stock).toBe(9);
  });

  it('never lowers the stock below the number of issued claims, and reports that number', async () => {
    const gate = await openGate();
    await decide('a', 'b');
    expect(await configure(gate, { stock: 1 })).toEqual({ kind: 'below_issued', issued: 2 });
    expect(await configure(gate, { stock: 2 })).toEqual({ kind: 'configured' });
    const soldOut = await readGate(redis, eventId);
    expect(soldOut?.soldOutAtMs).toBe(soldOut?.lastAtMs);
    expect(await serials('c')).toEqual([null]);
  });

  it('reopens a sold-out round by a top-up', async () => {
    const gate = await openGate();
    await decide('a', 'b', 'c');
    expect(await configure(gate, { stock: 4 })).toEqual({ kind: 'configured' });
    expect((await readGate(redis, eventId))?.soldOutAtMs).toBeNull();
    expect(await serials('d', 'e')).toEqual([4, null]);
  });

  it('keeps the opening time of an open round and the closing time of a closed one', async () => {
    const gate = await openGate();
    expect(await configure(gate, { opensAtMs: gate.opensAtMs + 9_000 })).toEqual({
      kind: 'open',
      opensAtMs: gate.opensAtMs,
    });
    await configure(gate, { closed: true });
    expect(await configure(gate, { version: 9, closed: false })).toEqual({ kind: 'closed' });
  });

  it('accepts an unconfirmed cut of the stock only while the gate’s own clock says that the round is not open', async () => {
    const unconfirmed = { pendingBefore: '', pendingChanges: '', cutFrom: 3 };
    const [seconds] = await redis.time();
    const nowMs = Number(seconds) * 1_000;
    const scheduled = await openGate({ opensAtMs: nowMs + 60_000 });
    expect(await configure(scheduled, { stock: 2 }, unconfirmed)).toEqual({ kind: 'configured' });
    await redis.flushdb();
    const gate = await openGate({ issued: 0, opensAtMs: nowMs - 5_000, closesAtMs: nowMs + 60_000 });
    await decide('a');
    const refused = { kind: 'open_cut', from: 3, to: 2, issued: 1 };
    for (const paused of [true, false]) {
      expect(await configure(gate, { stock: 2, paused }, unconfirmed)).toEqual(refused);
      await redis.hset(keys.gate, 'paused', '1');
    }
    expect(await readGate(redis, eventId)).toMatchObject({ version: gate.version, stock: 3 });
    expect(await configure(gate, { stock: 2 })).toEqual({ kind: 'configured' });
    await redis.hset(keys.gate, 'closesAt', nowMs - 1_000);
    expect(await configure(gate, { version: 9, stock: 1 }, unconfirmed)).toEqual({ kind: 'configured' });
  });

  it('does not undo changes that are in the gate and not yet in MySQL', async () => {
    const gate = await openGate();
    await configure(gate, { paused: true }, { pendingBefore: '', pendingChanges: 'paused by kim' });
    expect(await configure(gate, { version: 7 })).toEqual({ kind: 'uncarried', pendingChanges: 'paused by kim' });
    const pendingBefore = 'paused by kim';
    expect(await configure(gate, { version: 7 }, { pendingBefore, pendingChanges: '' })).toEqual({
      kind: 'configured',
    });
    // Two processes may write the same pending change to MySQL. The second one finds nothing left to acknowledge, which
    // is not an error.
    expect(await configure(gate, { version: 8 }, { pendingBefore, pendingChanges: '' })).toEqual({
      kind: 'configured',
    });
  });

  it('continues above a reserved range once, and only if the range begins right above the counter', async () => {
    const gate = await openGate({ stock: 9 });
    await decide('a', 'b');
    expect(await configure(gate, { reserved: '2-4' })).toEqual({ kind: 'not_next', issued: 2 });
    expect(await configure(gate, { reserved: '4-5' })).toEqual({ kind: 'not_next', issued: 2 });
    expect(await configure(gate, { reserved: '3-5', stock: 4 })).toEqual({ kind: 'below_issued', issued: 5 });
    expect(await readGate(redis, eventId)).toMatchObject({ version: 1, issued: 2, vacant: 0, reserved: '', stock: 9 });
    for (const version of [2, 3]) {
      expect(await configure(gate, { version, reserved: '3-5' })).toEqual({ kind: 'configured' });
      expect(await readGate(redis, eventId)).toMatchObject({ version, issued: 5, vacant: 3, reserved: '3-5' });
    }
    expect(await serials('c')).toEqual([6]);
    expect(await configure(gate, { version: 4, reserved: '3-5 7-7' })).toEqual({ kind: 'configured' });
    expect(await serials('d', 'a')).toEqual([8, 1]);
    // A process that does not know of the reserved serials must not release them.
    expect(await configure(gate, { version: 5, reserved: '' })).toEqual({ kind: 'not_next', issued: 8 });
  });

  it('reports a gate that is missing or in another round', async () => {
    const gate = await openGate();
    expect(await configure(gate, { round: 2 })).toEqual({ kind: 'round', round: 1 });
    await redis.flushdb();
    expect(await configure(gate, {})).toEqual({ kind: 'no_gate' });
  });
});

describe('trusting a gate', () => {
  it('requires the gate that was compared, and refuses a gate that differs from it or has fallen behind', async () => {
    const seen = { round: 1, issued: 0, runId: 'before the restart' };
    await openGate({ runId: seen.runId });
    expect(await decide('a')).toEqual({ kind: 'unverified' });
    expect(await trustGate(redis, eventId, { ...seen, issued: 5 }, runId)).toBe('changed');
    expect(await trustGate(redis, eventId, { ...seen, runId: 'of another gate' }, runId)).toBe('changed');
    expect(await trustGate(redis, eventId, seen, runId)).toBe('trusted');
    expect(await trustGate(redis, eventId, seen, runId)).toBe('trusted');
    expect(await serials('a')).toEqual([1]);
  });
});

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquireLock, releaseLock, renewLock } from '../../../../core/engines/rows/lock-scripts.ts';
import { lockKey, lockReleasedChannel } from '../../../../core/redis/keys.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { listeners, someEvent } from './open-locks.ts';

/** A separate server, because these tests flush scripts. */
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

const leaseMs = 60_000;

describe('an event’s lock', () => {
  it('has one holder, and tells other callers how long the lease will last', async () => {
    const eventId = someEvent();
    expect(await acquireLock(redis, eventId, 'a', leaseMs)).toEqual({ kind: 'held' });
    const reply = await acquireLock(redis, eventId, 'b', leaseMs);
    if (reply.kind === 'held') throw new Error('two holders');
    expect(reply.leaseLeftMs).toBeGreaterThan(leaseMs / 2);
    expect(reply.leaseLeftMs).toBeLessThanOrEqual(leaseMs);
    expect(await acquireLock(redis, someEvent(), 'b', leaseMs)).toEqual({ kind: 'held' });
  });

  it('keeps its holder and gets a full lease if the command to take it is sent twice', async () => {
    const eventId = someEvent();
    await acquireLock(redis, eventId, 'a', 1_000);
    expect(await acquireLock(redis, eventId, 'a', leaseMs)).toEqual({ kind: 'held' });
    expect(await redis.pttl(lockKey(eventId))).toBeGreaterThan(1_000);
  });

  it('is free once its lease has expired', async () => {
    const eventId = someEvent();
    await acquireLock(redis, eventId, 'a', 50);
    await waitFor(async () => (await acquireLock(redis, eventId, 'b', leaseMs)).kind === 'held', {
      what: 'the lease to expire',
    });
    expect(await renewLock(redis, eventId, 'a', leaseMs)).toBe('lost');
    expect(await releaseLock(redis, eventId, 'a')).toBe('lost');
    expect(await redis.get(lockKey(eventId))).toBe('b');
  });

  it('can be renewed and released only by its holder', async () => {
    const eventId = someEvent();
    await acquireLock(redis, eventId, 'a', 1_000);
    expect(await renewLock(redis, eventId, 'stranger', leaseMs)).toBe('lost');
    expect(await releaseLock(redis, eventId, 'stranger')).toBe('lost');
    expect(await redis.pttl(lockKey(eventId))).toBeLessThanOrEqual(1_000);
    expect(await renewLock(redis, eventId, 'a', leaseMs)).toBe('renewed');
    expect(await redis.pttl(lockKey(eventId))).toBeGreaterThan(1_000);
    expect(await releaseLock(redis, eventId, 'a')).toBe('released');
    expect(await redis.exists(lockKey(eventId))).toBe(0);
    expect(await renewLock(redis, eventId, 'a', leaseMs)).toBe('lost');
    expect(await redis.exists(lockKey(eventId))).toBe(0);
  });

  it('stays with the next holder, and is announced as released once, if the previous holder sends its release twice', async () => {
    const eventId = someEvent();
    const announced: string[] = [];
    const subscriber = new Redis(server.url);
    subscriber.on('message', (channel) => announced.push(channel));
    await subscriber.subscribe(lockReleasedChannel(eventId));
    await listeners(redis, lockReleasedChannel(eventId), 1);
    await acquireLock(redis, eventId, 'a', leaseMs);
    await releaseLock(redis, eventId, 'a');
    await acquireLock(redis, eventId, 'b', leaseMs);
    expect(await releaseLock(redis, eventId, 'a')).toBe('lost');
    expect(await redis.get(lockKey(eventId))).toBe('b');
    // Redis answers this PING after it has delivered every earlier message.
    await subscriber.ping();
    expect(announced).toEqual([lockReleasedChannel(eventId)]);
    subscriber.disconnect();
  });

  it('works after SCRIPT FLUSH', async () => {
    const eventId = someEvent();
    await redis.script('FLUSH');
    expect(await acquireLock(redis, eventId, 'a', leaseMs)).toEqual({ kind: 'held' });
    await redis.script('FLUSH');
    expect(await renewLock(redis, eventId, 'a', leaseMs)).toBe('renewed');
    await redis.script('FLUSH');
    expect(await releaseLock(redis, eventId, 'a')).toBe('released');
  });

  it('gets an expiry if another program wrote its key without an expiry', async () => {
    const eventId = someEvent();
    await redis.set(lockKey(eventId), 'forever');
    expect(await acquireLock(redis, eventId, 'a', leaseMs)).toEqual({ kind: 'taken', leaseLeftMs: leaseMs });
    expect(await redis.pttl(lockKey(eventId))).toBeGreaterThan(0);
  });

  it('cannot be taken if its key has another type', async () => {
    const eventId = someEvent();
    await redis.hset(lockKey(eventId), 'field', 'value');
    await expect(acquireLock(redis, eventId, 'a', leaseMs)).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.hgetall(lockKey(eventId))).toEqual({ field: 'value' });
  });
});

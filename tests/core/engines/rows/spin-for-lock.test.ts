import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pauseMs, spinForLock } from '../../../../core/engines/rows/spin-for-lock.ts';
import { lockKey } from '../../../../core/redis/keys.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { openLocks, scriptCalls, someEvent, take } from './open-locks.ts';

describe('the pauses between attempts', () => {
  it('grow up to a limit', () => {
    const longest = Array.from({ length: 9 }, (_, attempt) => pauseMs(attempt, 1));
    expect(longest).toEqual([4, 8, 16, 32, 64, 128, 256, 256, 256]);
    expect(pauseMs(10_000, 1)).toBe(256);
  });

  it('are random, from zero to the limit, so that two callers who tried at the same time try again at different times', () => {
    expect([0, 0.25, 0.5].map((random) => pauseMs(5, random))).toEqual([0, 32, 64]);
    const pauses = Array.from({ length: 1_000 }, () => pauseMs(5));
    expect(new Set(pauses).size).toBeGreaterThan(900);
    const mean = pauses.reduce((sum, each) => sum + each, 0) / pauses.length;
    expect(mean).toBeGreaterThan(54);
    expect(mean).toBeLessThan(74);
  });
});

describe('spinning for an event’s lock', () => {
  let server: TestRedisServer;
  let proxy: TcpProxy;
  let direct: Redis;
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    direct = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    direct.on('error', () => undefined);
  });
  afterEach(() => {
    proxy.onReply = undefined;
    proxy.release();
  });
  afterAll(async () => {
    direct.disconnect();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const open = () => openLocks({ redisUrl: proxy.through(server.url) });
  const isFree = async (eventId: string) => (await direct.exists(lockKey(eventId))) === 0;

  it('gets the lock soon after its release, without a message from Redis', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const first = await take(locks, eventId);
    const turn = spinForLock(locks.lock, eventId, 20_000);
    const before = await scriptCalls(direct);
    await waitFor(async () => (await scriptCalls(direct)) - before > 3, { what: 'some attempts' });
    first.release();
    (await turn).release();
    expect(locks.listened()).toBe(false);
  });

  it('answers busy once the waiting time has passed', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const first = await take(locks, eventId);
    const spin = () => expect(spinForLock(locks.lock, eventId, 200)).rejects.toMatchObject({ code: 'busy' });
    await Promise.all(Array.from({ length: 10 }, spin));
    first.release();
  });

  it('releases a lock that Redis grants after the waiting time has passed', async () => {
    await using locks = await open();
    const eventId = someEvent();
    proxy.onReply = () => 'hold';
    const turn = spinForLock(locks.lock, eventId, 100);
    const ended = expect(turn).rejects.toMatchObject({ code: 'busy' });
    await waitFor(async () => !(await isFree(eventId)), { what: 'the attempt' });
    const triedAtMs = performance.now();
    await waitFor(() => performance.now() - triedAtMs > 150, { what: 'the waiting time to pass' });
    proxy.onReply = undefined;
    proxy.release();
    await ended;
    await waitFor(() => isFree(eventId), { what: 'the lock to be released' });
  });

  it('fails at once if Redis is down', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const first = await take(locks, eventId);
    const patienceMs = 20_000;
    const turns = Array.from({ length: 5 }, () => spinForLock(locks.lock, eventId, patienceMs));
    const ended = Promise.all(turns.map((turn) => expect(turn).rejects.toMatchObject({ code: 'unavailable' })));
    const beganMs = performance.now();
    await server.kill9();
    await ended;
    expect(performance.now() - beganMs).toBeLessThan(patienceMs / 4);
    await server.restart();
    first.release();
  });
});

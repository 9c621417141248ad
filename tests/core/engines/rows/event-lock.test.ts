import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { lockKey } from '../../../../core/redis/keys.ts';
import { scriptSha } from '../../../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { openLocks, someEvent, take } from './open-locks.ts';

/** A separate server, because these tests flush, stop and kill it. */
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
  proxy.onRequest = proxy.onReply = undefined;
  proxy.release();
});
afterAll(async () => {
  direct.disconnect();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const open = (leaseMs?: number) =>
  openLocks({ redisUrl: proxy.through(server.url), ...(leaseMs !== undefined && { leaseMs }) });
const isFree = async (eventId: string) => (await direct.exists(lockKey(eventId))) === 0;

it('an event lock gets a new token each time it is taken, even within one process', async () => {
  await using locks = await open();
  const eventId = someEvent();
  const first = await take(locks, eventId);
  expect(await locks.lock.tryAcquire(eventId)).toMatchObject({ kind: 'taken' });
  first.release();
  await first.ended;
  const second = await take(locks, eventId);
  first.release();
  await sleep(20);
  expect(await isFree(eventId)).toBe(false);
  second.release();
  await second.ended;
  expect(await isFree(eventId)).toBe(true);
});

it('an event lock is renewed while the work runs, and never after it', async () => {
  // The lease is one second, because a process on a busy machine may renew a shorter lease too late, and would then
  // rightly lose the lock.
  const leaseMs = 1_000;
  await using locks = await open(leaseMs);
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  const token = await direct.get(lockKey(eventId));
  await sleep(4 * leaseMs);
  expect(holding.stillMine()).toBe(true);
  expect(await direct.get(lockKey(eventId))).toBe(token);
  holding.release();
  await holding.ended;
  await sleep(leaseMs);
  expect(await isFree(eventId)).toBe(true);
});

it('an event lock expires without being released or renewed if the work may still be running', async () => {
  const leaseMs = 400;
  await using locks = await open(leaseMs);
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  holding.leave();
  await holding.ended;
  const leftMs = await direct.pttl(lockKey(eventId));
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(leaseMs);
  await waitFor(() => isFree(eventId), { what: 'the end of the lease', limitMs: 2 * leaseMs });
});

it('the holder of an event lock notices the loss of the lock when FLUSHALL has removed it and another process has taken it', async () => {
  await using locks = await open(300);
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  await direct.flushall();
  const next = await take(locks, eventId);
  await waitFor(() => !holding.stillMine(), { what: 'the holder to notice the loss' });
  expect(next.stillMine()).toBe(true);
  holding.release();
  await holding.ended;
  expect(await isFree(eventId)).toBe(false);
  next.release();
});

it('a holder that cannot renew its event lock notices the loss before others can take the lock', async () => {
  const leaseMs = 1_000;
  await using locks = await open(leaseMs);
  const eventId = someEvent();
  const renew = scriptSha('renew-lock');
  proxy.onRequest = (chunk) => (chunk.includes(renew) ? 'hold' : 'pass');
  const holding = await take(locks, eventId);
  expect(holding.stillMine()).toBe(true);
  // Reads the lease before asking the holder: if the holder then still believes that it has the lock, the lease must
  // have existed just before.
  let leftMs = leaseMs;
  do {
    expect(leftMs).toBeGreaterThan(0);
    leftMs = await direct.pttl(lockKey(eventId));
  } while (holding.stillMine());
  await waitFor(() => isFree(eventId), { what: 'the end of the lease' });
  holding.release();
});

it('an event lock is still held after a kill -9 of Redis', async () => {
  await using locks = await open();
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  await server.kill9();
  await expect(locks.lock.tryAcquire(eventId)).rejects.toMatchObject({ code: 'unavailable' });
  await server.restart();
  await waitFor(async () => (await locks.lock.tryAcquire(eventId)).kind === 'taken', { what: 'Redis' });
  expect(holding.stillMine()).toBe(true);
  holding.release();
  await holding.ended;
  expect(await isFree(eventId)).toBe(true);
});

it('an attempt to take an event lock fails at once while Redis is down', async () => {
  await using locks = await open();
  await server.kill9();
  await waitFor(() => locks.redis.runId() === undefined, { what: 'the end of the connection' });
  const beganMs = performance.now();
  await expect(locks.lock.tryAcquire(someEvent())).rejects.toMatchObject({ code: 'unavailable' });
  expect(performance.now() - beganMs).toBeLessThan(500);
  await server.restart();
});

it('an event lock is released if Redis granted it but the answer was lost', async () => {
  const leaseMs = 20_000;
  await using locks = await open(leaseMs);
  const eventId = someEvent();
  // Redis must already know the scripts. Otherwise the lost answer would be "unknown script".
  const warm = await take(locks, someEvent());
  warm.release();
  await warm.ended;
  let lost = false;
  proxy.onRequest = (chunk, link) => {
    if (!lost && chunk.includes(lockKey(eventId))) link.marks.add('loses its replies');
    return 'pass';
  };
  proxy.onReply = (_chunk, link) => {
    if (!link.marks.has('loses its replies')) return 'pass';
    lost = true;
    return 'lose';
  };
  const trying = locks.lock.tryAcquire(eventId);
  await waitFor(async () => !(await isFree(eventId)), { what: 'the attempt to end' });
  await expect(trying).rejects.toMatchObject({ code: 'unavailable' });
  await waitFor(() => isFree(eventId), { what: 'the lock to be released', limitMs: leaseMs / 2 });
});

it('an event lock is released even if the first release command did not reach Redis', async () => {
  const leaseMs = 20_000;
  await using locks = await open(leaseMs);
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  proxy.cut();
  await waitFor(() => locks.redis.runId() === undefined, { what: 'the connection to be cut' });
  holding.release();
  await holding.ended;
  await waitFor(() => isFree(eventId), { what: 'the lock to be released', limitMs: leaseMs / 2 });
});

it('taking an event lock fails with instructions if another program wrote to the lock’s key', async () => {
  await using locks = await open();
  const eventId = someEvent();
  await direct.hset(lockKey(eventId), 'field', 'value');
  await expect(locks.lock.tryAcquire(eventId)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(lockKey(eventId)) as string,
  });
  await direct.del(lockKey(eventId));
  (await take(locks, eventId)).release();
});

it('closing event locks waits until every lock is released, and then refuses to take new locks', async () => {
  const locks = await open();
  const eventId = someEvent();
  const holding = await take(locks, eventId);
  let closed = false;
  const closing = locks.lock.close().then(() => (closed = true));
  await expect(locks.lock.tryAcquire(someEvent())).rejects.toMatchObject({ code: 'unavailable' });
  expect(closed).toBe(false);
  holding.release();
  await closing;
  expect(await isFree(eventId)).toBe(true);
  await locks[Symbol.asyncDispose]();
});

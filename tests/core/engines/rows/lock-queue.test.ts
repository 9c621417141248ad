import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lockKey, lockReleasedChannel } from '../../../../core/redis/keys.ts';
import { startProcess } from '../../../support/processes.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { listeners, openLocks, scriptCalls, someEvent, take } from './open-locks.ts';

/** A separate server, because these tests kill it, stop it and count its commands. */
let server: TestRedisServer;
let proxy: TcpProxy;
let messagesProxy: TcpProxy;
let direct: Redis;
beforeAll(async () => {
  server = await startRedis();
  [proxy, messagesProxy] = await Promise.all([startTcpProxy(server.port), startTcpProxy(server.port)]);
  direct = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  direct.on('error', () => undefined);
});
afterEach(() => {
  for (const each of [proxy, messagesProxy]) {
    each.onRequest = each.onReply = undefined;
    each.release();
  }
});
afterAll(async () => {
  direct.disconnect();
  await Promise.all([proxy[Symbol.asyncDispose](), messagesProxy[Symbol.asyncDispose]()]);
  await server[Symbol.asyncDispose]();
});

/** The lease is longer than any test, so that it does not expire during a test. */
const longLeaseMs = 60_000;
const patienceMs = 20_000;

const open = (leaseMs = longLeaseMs) =>
  openLocks({
    redisUrl: proxy.through(server.url),
    messagesUrl: messagesProxy.through(server.url),
    leaseMs,
  });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'held',
    (err: unknown) => (err instanceof Error && 'code' in err ? String(err.code) : String(err)),
  );
const isListenedTo = (eventId: string, count = 1) => listeners(direct, lockReleasedChannel(eventId), count);

describe('the lock queue within a process', () => {
  it('the lock queue within a process', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const served: number[] = [];
    let holders = 0;
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const holding = await locks.queue.acquire(eventId, patienceMs);
        expect((holders += 1)).toBe(1);
        served.push(i);
        await sleep(Math.random() * 2);
        holders -= 1;
        holding.release();
      }),
    );
    expect(served).toEqual(served.map((_, i) => i));
    expect(locks.listened()).toBe(false);
  });

  it('holds the locks of different events at once', async () => {
    await using locks = await open();
    const events = [someEvent(), someEvent(), someEvent()];
    const holdings = await Promise.all(events.map((eventId) => locks.queue.acquire(eventId, patienceMs)));
    expect(holdings.map((holding) => holding.stillMine())).toEqual([true, true, true]);
    holdings.forEach((holding) => holding.release());
  });

  it('answers busy only to callers whose waiting time has passed', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const holding = await locks.queue.acquire(eventId, patienceMs);
    const [impatient, patient] = [codeOf(locks.queue.acquire(eventId, 50)), locks.queue.acquire(eventId, patienceMs)];
    expect(await impatient).toBe('busy');
    holding.release();
    (await patient).release();
  });

  it('releases a lock that Redis grants after the last caller stopped waiting', async () => {
    await using locks = await open();
    const eventId = someEvent();
    proxy.onReply = () => 'hold';
    const waiting = codeOf(locks.queue.acquire(eventId, 300));
    await waitFor(() => direct.exists(lockKey(eventId)), { what: 'the attempt' });
    await waiting;
    proxy.onReply = undefined;
    proxy.release();
    await waitFor(async () => (await direct.exists(lockKey(eventId))) === 0, { what: 'the lock to be released' });
  });
});

describe('the lock queues of two processes', () => {
  it.each(['wait', 'spin'])(
    'never hold the lock at the same time (%s), even while scripts are flushed',
    async (how) => {
      const eventId = someEvent();
      const [counter, holders] = [`counter:${eventId}`, 60];
      const args = [server.url, eventId, how, String(holders), counter];
      await using first = await startProcess({ script: 'tests/core/engines/rows/stand-ins/lock-crowd.ts', args });
      await using second = await startProcess({ script: 'tests/core/engines/rows/stand-ins/lock-crowd.ts', args });
      const crowds = [first, second];
      await Promise.all(crowds.map((crowd) => crowd.outputMatching(/ready/)));
      const done = Promise.all(crowds.map((crowd) => crowd.outputMatching(/done/, 60_000)));
      let flushing = true;
      const flushed = (async () => {
        while (flushing) {
          await direct.script('FLUSH');
          await sleep(20);
        }
      })();
      await done.finally(() => (flushing = false));
      await flushed;
      expect(await direct.get(counter)).toBe(String(2 * holders));
      await Promise.all(crowds.map((crowd) => crowd.ended));
      expect(await direct.exists(lockKey(eventId))).toBe(0);
    },
  );

  it('send nothing to Redis while callers wait, however many there are, and wake up when the lock is released', async () => {
    await using two = await openTwo();
    const [holder, waiters] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const before = await scriptCalls(direct);
    const crowd = Array.from({ length: 100 }, () => waiters.queue.acquire(eventId, patienceMs));
    await isListenedTo(eventId);
    // The first caller tries once when it joins, and once more after it subscribes, because the lock may have been
    // released before the subscription.
    await waitFor(async () => (await scriptCalls(direct)) - before === 2, {
      what: 'the first caller in the queue to try',
    });
    await sleep(300);
    expect((await scriptCalls(direct)) - before).toBe(2);
    holding.release();
    for (const turn of crowd) (await turn).release();
    await isListenedTo(eventId, 0);
  });

  it('pass the lock on when its lease expires if the holder is killed with kill -9', async () => {
    const leaseMs = 800;
    await using locks = await open(leaseMs);
    const eventId = someEvent();
    await using holder = await startHolder(eventId, leaseMs);
    const turn = locks.queue.acquire(eventId, patienceMs);
    await isListenedTo(eventId);
    await holder.kill9();
    (await turn).release();
  });

  it('pass the lock on if a SIGSTOP outlasts the lease, and the old holder then leaves the new holder’s lock alone', async () => {
    const leaseMs = 500;
    await using locks = await open(leaseMs);
    const eventId = someEvent();
    await using holder = await startHolder(eventId, leaseMs);
    holder.signal('SIGSTOP');
    const holding = await locks.queue.acquire(eventId, patienceMs);
    const token = await direct.get(lockKey(eventId));
    holder.signal('SIGCONT');
    await holder.outputMatching(/lost\ngave it back/);
    expect(await direct.get(lockKey(eventId))).toBe(token);
    expect(holding.stillMine()).toBe(true);
    holding.release();
  });
});

describe('the lock queue, if messages are lost,', () => {
  it('subscribes again after its connection was cut, and then checks whether it missed a release', async () => {
    await using two = await openTwo();
    const [holder, waiter] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const turn = waiter.queue.acquire(eventId, patienceMs);
    await isListenedTo(eventId);
    await direct.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    holding.release();
    (await turn).release();
  });

  it('drops a connection that has stopped receiving', async () => {
    await using two = await openTwo();
    const [holder, waiter] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const turn = waiter.queue.acquire(eventId, patienceMs);
    await isListenedTo(eventId);
    messagesProxy.strand();
    holding.release();
    (await turn).release();
  });

  it('gets the lock when the lease expires if the holder left without releasing it', async () => {
    await using two = await openTwo(400);
    const [holder, waiter] = two;
    const eventId = someEvent();
    (await take(holder, eventId)).leave();
    messagesProxy.hold();
    (await waiter.queue.acquire(eventId, patienceMs)).release();
  });
});

describe('the lock queue, if Redis fails,', () => {
  it('rejects all callers at once after a kill -9 of Redis, and works again when Redis is back', async () => {
    await using two = await openTwo();
    const [holder, waiters] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const crowd = Array.from({ length: 20 }, () => codeOf(waiters.queue.acquire(eventId, patienceMs)));
    await isListenedTo(eventId);
    const beganMs = performance.now();
    await server.kill9();
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['unavailable']));
    expect(await codeOf(waiters.queue.acquire(eventId, patienceMs))).toBe('unavailable');
    expect(performance.now() - beganMs).toBeLessThan(patienceMs / 4);
    holding.release();
    await server.restart();
    const again = await waitFor(() => waiters.queue.acquire(eventId, patienceMs), {
      what: 'the lock to be available again',
    });
    again.release();
  });

  it('reports that Redis does not answer while Redis hangs, not that the queue is long', async () => {
    await using locks = await open();
    const wait = (eventId = someEvent()) =>
      codeOf(locks.queue.acquire(eventId, 400).then((holding) => holding.release()));
    server.pause();
    try {
      // On a busy machine, Redis may still answer for a moment after the SIGSTOP.
      await waitFor(async () => (await wait()) !== 'held', { what: 'Redis to stop answering' });
      const eventId = someEvent();
      const codes = await Promise.all([wait(), wait(), wait(eventId), wait(eventId), wait(eventId)]);
      expect(new Set(codes)).toEqual(new Set(['unavailable']));
    } finally {
      server.resume();
    }
  });

  it('does not blame Redis if its own process was too busy to read the answer', async () => {
    // This test uses no proxy, because a proxy would run in this process and would be blocked too.
    await using locks = await openLocks({ redisUrl: server.url });
    const wait = () => codeOf(locks.queue.acquire(someEvent(), 200).then((holding) => holding.release()));
    // Redis must already know the script, because sending an unknown script takes a second round trip.
    await wait();
    const turn = wait();
    const busyUntilMs = performance.now() + 300;
    while (performance.now() < busyUntilMs);
    expect(await turn).toBe('held');
  });

  it('names the lock’s key in every caller’s error if another program wrote to the key', async () => {
    await using locks = await open();
    const eventId = someEvent();
    await direct.hset(lockKey(eventId), 'field', 'value');
    const wait = () => expect(locks.queue.acquire(eventId, patienceMs)).rejects.toThrow(lockKey(eventId));
    await Promise.all(Array.from({ length: 3 }, wait));
    await direct.del(lockKey(eventId));
    (await locks.queue.acquire(eventId, patienceMs)).release();
  });
});

describe('closing the lock queue', () => {
  it('rejects every waiting caller', async () => {
    await using two = await openTwo();
    const [holder, waiters] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const crowd = Array.from({ length: 3 }, () => codeOf(waiters.queue.acquire(eventId, patienceMs)));
    await isListenedTo(eventId);
    waiters.queue.close();
    expect(await Promise.all(crowd)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    await isListenedTo(eventId, 0);
    holding.release();
  });

  it('opens no connection after it, even if an attempt to take a lock is under way', async () => {
    await using two = await openTwo();
    const [holder, waiter] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const before = await scriptCalls(direct);
    proxy.onReply = () => 'hold';
    const turn = codeOf(waiter.queue.acquire(eventId, patienceMs));
    await waitFor(async () => (await scriptCalls(direct)) > before, { what: 'the attempt' });
    waiter.queue.close();
    expect(await turn).toBe('unavailable');
    proxy.onReply = undefined;
    proxy.release();
    await waiter.lock.close();
    expect(waiter.listened()).toBe(false);
    holding.release();
  });
});

async function openTwo(leaseMs = longLeaseMs) {
  const two = await Promise.all([open(leaseMs), open(leaseMs)]);
  return Object.assign(two, {
    [Symbol.asyncDispose]: async () => {
      for (const locks of two) await locks[Symbol.asyncDispose]();
    },
  });
}

async function startHolder(eventId: string, leaseMs: number) {
  const script = 'tests/core/engines/rows/stand-ins/lock-holder.ts';
  const holder = await startProcess({ script, args: [server.url, eventId, String(leaseMs)] });
  await holder.outputMatching(/held/);
  return holder;
}

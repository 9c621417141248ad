import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lockKey, lockReleasedChannel } from '../../../../core/redis/keys.ts';
import { startProcess } from '../../../support/processes.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { listeners, openLocks, scriptCalls, someEvent, take } from './open-locks.ts';

/** A server of its own: these tests kill it, stop it and count its commands. */
let server: TestRedisServer;
/** In the way of commands, and of messages. */
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

/** Longer than any test: who gets the lock before was not helped by the end of a lease. */
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

describe('within a process', () => {
  it('serves who waits in the order of arrival, one at a time', async () => {
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

  it('tells who has waited long enough that it is busy, and nobody else', async () => {
    await using locks = await open();
    const eventId = someEvent();
    const holding = await locks.queue.acquire(eventId, patienceMs);
    const [impatient, patient] = [codeOf(locks.queue.acquire(eventId, 50)), locks.queue.acquire(eventId, patienceMs)];
    expect(await impatient).toBe('busy');
    holding.release();
    (await patient).release();
  });

  it('gives a lock back that came when nobody waited any more', async () => {
    await using locks = await open();
    const eventId = someEvent();
    proxy.onReply = () => 'hold';
    const waiting = codeOf(locks.queue.acquire(eventId, 300));
    await waitFor(() => direct.exists(lockKey(eventId)), { what: 'the try' });
    await waiting;
    proxy.onReply = undefined;
    proxy.release();
    await waitFor(async () => (await direct.exists(lockKey(eventId))) === 0, { what: 'the lock to be given back' });
  });
});

describe('between processes', () => {
  it.each(['wait', 'spin'])(
    'two that contend never hold it at once (%s), also while scripts are flushed',
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

  it('who waits sends nothing to Redis, however many wait, and is woken by the release', async () => {
    await using two = await openTwo();
    const [holder, waiters] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const before = await scriptCalls(direct);
    const crowd = Array.from({ length: 100 }, () => waiters.queue.acquire(eventId, patienceMs));
    await isListenedTo(eventId);
    // One try, and one more when it listens: the release may have come in between.
    await waitFor(async () => (await scriptCalls(direct)) - before === 2, { what: 'the head of the line to try' });
    await sleep(300);
    expect((await scriptCalls(direct)) - before).toBe(2);
    holding.release();
    for (const turn of crowd) (await turn).release();
    await isListenedTo(eventId, 0);
  });

  it('kill -9 of a holder frees it at the end of its lease', async () => {
    const leaseMs = 800;
    await using locks = await open(leaseMs);
    const eventId = someEvent();
    await using holder = await startHolder(eventId, leaseMs);
    const turn = locks.queue.acquire(eventId, patienceMs);
    await isListenedTo(eventId);
    await holder.kill9();
    (await turn).release();
  });

  it('SIGSTOP of a holder for longer than its lease: another has it, the holder knows, and frees nobody else’s', async () => {
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

describe('when messages are lost', () => {
  it('a cut connection: it listens again, and looks at what it missed', async () => {
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

  it('a black hole: the connection is given up when it shows no sign of life', async () => {
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

  it('a holder that left without a word: the end of its lease is enough', async () => {
    await using two = await openTwo(400);
    const [holder, waiter] = two;
    const eventId = someEvent();
    (await take(holder, eventId)).leave();
    messagesProxy.hold();
    (await waiter.queue.acquire(eventId, patienceMs)).release();
  });
});

describe('when Redis fails', () => {
  it('kill -9: everybody is told at once, and is served again when it is back', async () => {
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
    const again = await waitFor(() => waiters.queue.acquire(eventId, patienceMs), { what: 'the lock to be had again' });
    again.release();
  });

  it('a hang: who waits is told that Redis does not answer, not that others are many', async () => {
    await using locks = await open();
    const wait = (eventId = someEvent()) =>
      codeOf(locks.queue.acquire(eventId, 400).then((holding) => holding.release()));
    server.pause();
    try {
      // On a busy machine it goes on for a while.
      await waitFor(async () => (await wait()) !== 'held', { what: 'Redis to hang' });
      const eventId = someEvent();
      const told = await Promise.all([wait(), wait(), wait(eventId), wait(eventId), wait(eventId)]);
      expect(new Set(told)).toEqual(new Set(['unavailable']));
    } finally {
      server.resume();
    }
  });

  it('it is not blamed by a process that was busy itself', async () => {
    // Not through a proxy, which this process would keep from its work, too.
    await using locks = await openLocks({ redisUrl: server.url });
    const wait = () => codeOf(locks.queue.acquire(someEvent(), 200).then((holding) => holding.release()));
    // Redis must know the script, or it takes two answers.
    await wait();
    const turn = wait();
    const busyUntilMs = performance.now() + 300;
    while (performance.now() < busyUntilMs);
    expect(await turn).toBe('held');
  });

  it('a key that somebody else wrote: everybody is told which', async () => {
    await using locks = await open();
    const eventId = someEvent();
    await direct.hset(lockKey(eventId), 'field', 'value');
    const wait = () => expect(locks.queue.acquire(eventId, patienceMs)).rejects.toThrow(lockKey(eventId));
    await Promise.all(Array.from({ length: 3 }, wait));
    await direct.del(lockKey(eventId));
    (await locks.queue.acquire(eventId, patienceMs)).release();
  });
});

describe('closing', () => {
  it('sends everybody away who waits', async () => {
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

  it('opens no connection afterwards, when a try was under way', async () => {
    await using two = await openTwo();
    const [holder, waiter] = two;
    const eventId = someEvent();
    const holding = await take(holder, eventId);
    const before = await scriptCalls(direct);
    proxy.onReply = () => 'hold';
    const turn = codeOf(waiter.queue.acquire(eventId, patienceMs));
    await waitFor(async () => (await scriptCalls(direct)) > before, { what: 'the try' });
    waiter.queue.close();
    expect(await turn).toBe('unavailable');
    proxy.onReply = undefined;
    proxy.release();
    await waiter.lock.close();
    expect(waiter.listened()).toBe(false);
    holding.release();
  });
});

/** A process that holds and one that waits. */
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

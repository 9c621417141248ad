import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReleaseMessages } from '../../../../core/engines/rows/release-messages.ts';
import { lockReleasedChannel } from '../../../../core/redis/keys.ts';
import { openSubscriberRedis } from '../../../../core/redis/open-redis.ts';
import { startRedis, type TestRedisServer } from '../../../support/test-servers.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { listeners, someEvent } from './open-locks.ts';

/** A separate server, because these tests kill it and check all of its subscriptions. */
let server: TestRedisServer;
let direct: Redis;
beforeAll(async () => {
  server = await startRedis();
  direct = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  direct.on('error', () => undefined);
});
afterAll(async () => {
  direct.disconnect();
  await server[Symbol.asyncDispose]();
});

function openMessages() {
  let opened = 0;
  const messages = createReleaseMessages(() => {
    opened += 1;
    return openSubscriberRedis(server.url);
  });
  return { ...messages, opened: () => opened, [Symbol.dispose]: () => messages.close() };
}
function counter() {
  let count = 0;
  return { wake: () => void (count += 1), count: () => count };
}
const wokenTimes = (wakes: { count: () => number }, count: number) =>
  waitFor(() => wakes.count() === count, { what: `${count} wakes (${wakes.count()} so far)` });

it('a listener is woken when it subscribes, and at every release of its event’s lock', async () => {
  using messages = openMessages();
  const [eventId, other] = [someEvent(), someEvent()];
  const [wakes, others] = [counter(), counter()];
  expect(messages.opened()).toBe(0);
  messages.listen(eventId, wakes.wake);
  messages.listen(other, others.wake);
  await wokenTimes(wakes, 1);
  await wokenTimes(others, 1);
  for (let released = 1; released <= 3; released += 1) {
    await direct.publish(lockReleasedChannel(eventId), '');
    await wokenTimes(wakes, 1 + released);
  }
  expect(others.count()).toBe(1);
  expect(messages.opened()).toBe(1);
});

it('a listener that has stopped is no longer woken, and leaves no subscription behind', async () => {
  using messages = openMessages();
  const [stays, goes] = [counter(), counter()];
  const [eventId, other] = [someEvent(), someEvent()];
  messages.listen(eventId, stays.wake);
  const stop = messages.listen(other, goes.wake);
  await wokenTimes(goes, 1);
  stop();
  await listeners(direct, lockReleasedChannel(other), 0);
  await direct.publish(lockReleasedChannel(other), '');
  await direct.publish(lockReleasedChannel(eventId), '');
  await wokenTimes(stays, 2);
  expect(goes.count()).toBe(1);
  expect(await direct.pubsub('CHANNELS')).toEqual([lockReleasedChannel(eventId)]);
});

it('all listeners are woken after an outage, because they may have missed a release', async () => {
  using messages = openMessages();
  const events = [someEvent(), someEvent()];
  const wakes = events.map((eventId) => {
    const woken = counter();
    messages.listen(eventId, woken.wake);
    return woken;
  });
  for (const woken of wakes) await wokenTimes(woken, 1);
  await server.kill9();
  await server.restart();
  for (const woken of wakes) await wokenTimes(woken, 2);
  await direct.publish(lockReleasedChannel(events[0] ?? ''), '');
  await wokenTimes(wakes[0] ?? counter(), 3);
});

it('the subscription starts as soon as Redis is reachable', async () => {
  await server.kill9();
  using messages = openMessages();
  const wakes = counter();
  messages.listen(someEvent(), wakes.wake);
  await server.restart();
  await wokenTimes(wakes, 1);
});

it('a closed subscription ends its connection and receives nothing more', async () => {
  const messages = openMessages();
  const wakes = counter();
  messages.listen(someEvent(), wakes.wake);
  await wokenTimes(wakes, 1);
  const listening = async () => (await direct.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) as string;
  expect(await listening()).toContain('firstcome-messages');
  messages.close();
  await waitFor(async () => !(await listening()).includes('firstcome-messages'), { what: 'the end of the connection' });
});

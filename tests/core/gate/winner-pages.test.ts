import { expect, it } from 'vitest';
import { winnerPages } from '../../../core/gate/winner-pages.ts';
import { openRedis, type RedisLink } from '../../../core/redis/open-redis.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { startRedis, type TestRedisServer } from '../../support/test-servers.ts';
import { waitFor } from '../../support/wait-for.ts';

const key = 'winners';
const count = 20_000;

async function openWinners(): Promise<AsyncDisposable & { server: TestRedisServer; link: RedisLink }> {
  const server = await startRedis();
  const link = openRedis(server.url, 'test', createLog('worker', 'silent'));
  expect(await link.waitForReady(10_000)).toBe(true);
  for (let from = 1; from <= count; from += 1_000) {
    const fields = Array.from({ length: 1_000 }, (_, i) => [`user-${from + i}`, `${from + i}:5`]);
    await link.client.hset(key, Object.fromEntries(fields) as Record<string, string>);
  }
  const dispose = async () => {
    await link.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, link, [Symbol.asyncDispose]: dispose };
}

async function restart({ server, link }: { server: TestRedisServer; link: RedisLink }): Promise<void> {
  const before = link.runId();
  await server.stop();
  await server.restart();
  await waitFor(() => link.runId() !== undefined && link.runId() !== before, { what: 'the link to the new process' });
}

it('reading with a cursor from before a restart of Redis skips winners, even if the data is the same', async () => {
  await using redis = await openWinners();
  const { client } = redis.link;
  const seen = new Set<string>();
  let cursor = '0';
  let isRestarted = false;
  do {
    const [next, found] = await client.hscan(key, cursor, 'COUNT', 500);
    for (let i = 0; i < found.length; i += 2) seen.add(found[i] ?? '');
    cursor = next;
    if (!isRestarted && seen.size > count / 2) {
      isRestarted = true;
      await restart(redis);
    }
  } while (cursor !== '0');
  expect(await client.hlen(key)).toBe(count);
  expect(seen.size).toBeLessThan(count);
});

it('reading the winners fails if Redis restarts during the read, and the next read finds all winners', async () => {
  await using redis = await openWinners();
  const pages = winnerPages(redis.link, key);
  await pages.next();
  await restart(redis);
  await expect(pages.next()).rejects.toMatchObject({ code: 'unavailable' });
  const seen = new Set<string>();
  for await (const page of winnerPages(redis.link, key)) for (const { userId } of page) seen.add(userId);
  expect(seen.size).toBe(count);
});

it('reading the winners continues after its connection was cut, if the Redis process is still the same', async () => {
  await using redis = await openWinners();
  const seen = new Set<string>();
  let isCut = false;
  for await (const page of winnerPages(redis.link, key)) {
    for (const { userId } of page) seen.add(userId);
    if (isCut) continue;
    isCut = true;
    redis.link.client.disconnect(true);
    await waitFor(() => redis.link.runId() === undefined, { what: 'the connection to be cut' });
    expect(await redis.link.waitForReady(10_000)).toBe(true);
  }
  expect(seen.size).toBe(count);
});

it('reading the winners does not start while Redis is down', async () => {
  await using redis = await openWinners();
  await redis.server.stop();
  await waitFor(() => redis.link.runId() === undefined, { what: 'the end of the connection' });
  await expect(winnerPages(redis.link, key).next()).rejects.toMatchObject({ code: 'unavailable' });
});

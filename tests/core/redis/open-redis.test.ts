import { expect, it } from 'vitest';
import { openRedis, runIdKnown } from '../../../core/redis/open-redis.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { createTestRedis } from '../../support/test-redis.ts';

const log = createLog('api', 'silent');

it('every caller that waits for Redis continues once Redis is reachable', async () => {
  await using redis = await createTestRedis();
  const link = openRedis(redis.redisUrl, 'test', log);
  expect(await Promise.all([link.waitForReady(5_000), link.waitForReady(5_000)])).toEqual([true, true]);
  expect(await link.waitForReady(0)).toBe(true);
  expect(link.client.listenerCount(runIdKnown)).toBe(0);
  await link.close();
});

it('a failed wait for Redis leaves no listener behind', async () => {
  const link = openRedis('redis://127.0.0.1:1', 'test', log);
  const waited = [link.waitForReady(20), link.waitForReady(20)];
  expect(link.client.listenerCount(runIdKnown)).toBe(2);
  expect(await Promise.all(waited)).toEqual([false, false]);
  expect(link.client.listenerCount(runIdKnown)).toBe(0);
  await link.close();
});

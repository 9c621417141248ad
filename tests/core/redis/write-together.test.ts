import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openRedis } from '../../../core/redis/open-redis.ts';
import { writeTogether } from '../../../core/redis/write-together.ts';
import { createLog } from '../../../core/runtime/log.ts';
import { createTestRedis } from '../../support/test-redis.ts';

/** Records how many pieces each later write to the connection's socket has, if it has more than one. */
function watchWrites({ stream }: Redis): number[] {
  const sizes: number[] = [];
  const writev = stream._writev?.bind(stream);
  stream._writev = (chunks, done) => {
    sizes.push(chunks.length);
    writev?.(chunks, done);
  };
  return sizes;
}

it('all commands sent in one turn of the event loop reach Redis in one write, and each gets its own answer', async () => {
  await using redis = await createTestRedis();
  const link = openRedis(redis.redisUrl, 'test', createLog('api', 'silent'));
  expect(await link.waitForReady(5_000)).toBe(true);
  const { client } = link;
  const read = (key: string) => {
    writeTogether(client);
    return client.get(key);
  };
  await Promise.all([client.set('a', '1'), client.set('b', '2')]);
  const writes = watchWrites(client);
  expect(await Promise.all([read('a'), read('b'), read('c'), client.echo('d')])).toEqual(['1', '2', null, 'd']);
  // The link's clock may ask for the time in the same turn.
  expect(Math.max(...writes)).toBeGreaterThanOrEqual(4);
  expect(await read('a')).toBe('1');
  await link.close();
});

it('a command fails as usual if its connection was never established', async () => {
  const client = new Redis({ lazyConnect: true, enableOfflineQueue: false });
  writeTogether(client);
  await expect(client.get('a')).rejects.toThrow("Stream isn't writeable");
  client.disconnect();
});

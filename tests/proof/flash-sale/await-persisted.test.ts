import { expect, it } from 'vitest';
import { roundKeys } from '../../../core/redis/keys.ts';
import { openToolRedis } from '../../../core/redis/open-redis.ts';
import { awaitPersisted } from '../../../proof/flash-sale/await-persisted.ts';
import { startRedis } from '../../support/test-servers.ts';

it('a flash sale waits for claims that are on their way to MySQL, even if Redis restarts and the client uses up its retries', async () => {
  await using server = await startRedis();
  const redis = openToolRedis(server.url);
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const { outbox } = roundKeys('ev_1', 1);
    await redis.xadd(outbox, '*', 'serial', '1');
    const persisted = awaitPersisted(redis, 'ev_1', 1, new AbortController().signal);
    await server.kill9();
    // By now, the client has used up its retries.
    await expect(redis.ping()).rejects.toThrow('max retries');
    await server.restart();
    await redis.del(outbox);
    expect(await persisted).toMatchObject({ kind: 'all' });
  } finally {
    redis.disconnect();
  }
});

import { createTestDatabase } from './test-database.ts';
import { createTestRedis } from './test-redis.ts';

export type TestStores = AsyncDisposable & { redisUrl: string; databaseUrl: string };

export async function createTestStores(): Promise<TestStores> {
  const [redis, database] = await Promise.all([createTestRedis(), createTestDatabase()]);
  return {
    redisUrl: redis.redisUrl,
    databaseUrl: database.databaseUrl,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([redis[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]);
    },
  };
}

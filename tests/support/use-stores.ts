import { migrate } from '../../core/mysql/migrate.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';
import { createTestRedis, type TestRedis } from './test-redis.ts';
import { startMariaDb, startRedis, type TestRedisServer, type TestServer } from './test-servers.ts';
import { createTestStores, type TestStores } from './test-stores.ts';
import { useResource } from './use-resource.ts';

/** Opens a migrated database and a logical Redis database on the shared servers, for this test file. */
export const useTestStores = (): TestStores => useResource('useTestStores()', createTestStores);

/** Opens a migrated database on the shared MariaDB, for this test file. */
export const useTestDatabase = (): TestDatabase => useResource('useTestDatabase()', createTestDatabase);

/** Opens a logical database on the shared Redis, for this test file. */
export const useTestRedis = (): TestRedis => useResource('useTestRedis()', createTestRedis);

/** Starts a separate Redis server for this test file, for tests that damage the server or change its settings. */
export const useRedisServer = (settings?: Record<string, string>): TestRedisServer =>
  useResource('useRedisServer()', () => startRedis(settings));

/**
 * Starts a separate, migrated MariaDB (or MySQL) server for this test file, for tests that damage the server or change
 * its settings.
 */
export const useMariaDbServer = (settings?: string[]): TestServer =>
  useResource('useMariaDbServer()', async () => {
    const server = await startMariaDb(settings);
    await migrate({ databaseUrl: server.url });
    return server;
  });

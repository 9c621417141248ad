import { createServer } from '../../api/create-server.ts';
import { createMetrics } from '../../api/metrics.ts';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { openPlatform, type Platform } from '../../core/platform.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { silentObserver } from '../../core/stores/observer.ts';
import { createTestStores } from '../support/test-stores.ts';

/** An API in this process, with its own stores. */
export type RunningApi = AsyncDisposable & {
  url: string;
  platform: Platform;
  token(userId: string): string;
  /** Creates an open event, and resolves to its id. */
  openEvent(stock: number): Promise<string>;
};

export async function startApi(): Promise<RunningApi> {
  const stores = await createTestStores();
  const env = parseEnv({ DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl });
  const log = createLog('api', 'silent');
  const platform = await openPlatform({ env, log, observe: silentObserver });
  const authSecret = 'a secret of the client tests, of 32 bytes or more';
  const api = createServer({
    ...platform,
    ...{ log, authSecret, corsOrigins: [] },
    metrics: createMetrics({ processMetrics: false }),
  });
  const { host, port } = await api.listen({ host: '127.0.0.1', port: 0 });
  const mint = createTokenMint(authSecret);
  return {
    url: `http://${host}:${port}`,
    platform,
    token: (sub) => mint({ sub }, 600_000, Date.now()),
    async openEvent(stock) {
      const settings = { name: 'Sale', amount: 1, currency: 'KRW', description: '', listed: true } as const;
      const { eventId } = await platform.admin.create(
        { ...settings, stock, strategy: 'redis-stream', opensAtMs: platform.clock.nowMs() },
        { name: 'test', role: null, door: 'cli' },
      );
      return eventId;
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await platform.close();
      await stores[Symbol.asyncDispose]();
    },
  };
}

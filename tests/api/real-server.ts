import { createServer } from '../../api/create-server.ts';
import { createMetrics } from '../../api/metrics.ts';
import { openJobQueueView } from '../../core/jobs/job-queue.ts';
import { openPlatform, type Platform } from '../../core/platform.ts';
import { openProducerRedis } from '../../core/redis/open-redis.ts';
import { createLog } from '../../core/runtime/log.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { createTestStores } from '../support/test-stores.ts';
import { callerAt, type Caller } from './call.ts';
import { adminToken, secret, userToken } from './tokens.ts';

/** An API server in this process, with its own stores. Disposing of the server closes it. */
export type RealApi = AsyncDisposable & {
  url: string;
  port: number;
  platform: Platform;
  stores: { redisUrl: string; databaseUrl: string };
  anyone: Caller;
  user(userId: string): Caller;
  admin(role: string): Caller;
};

export async function openRealApi(env: Record<string, string> = {}): Promise<RealApi> {
  const stores = await createTestStores();
  const log = createLog('api', 'silent');
  const metrics = createMetrics({ processMetrics: false });
  const { redisUrl: REDIS_URL, databaseUrl: DATABASE_URL } = stores;
  const parsed = parseEnv({ REDIS_URL, DATABASE_URL, ...env });
  const platform = await openPlatform({
    env: parsed,
    log,
    observe: metrics.observe,
  });
  const api = createServer({
    ...platform,
    rules: {
      ...{ approvals: parsed.approvals, seedLeadMs: parsed.seedLeadMs },
      codes: { viewerSeesCodes: parsed.viewerSeesCodes },
    },
    log,
    authSecret: secret,
    openQueueView: () => openJobQueueView(openProducerRedis(REDIS_URL)),
    corsOrigins: [],
    metrics,
    timeouts: { lastCallMs: 0 },
  });
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    platform,
    stores,
    anyone: callerAt(url),
    user: (userId) => callerAt(url, userToken(userId)),
    admin: (role) => callerAt(url, adminToken(role)),
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await platform.close();
      await stores[Symbol.asyncDispose]();
    },
  };
}

import { createServer, type ServerDeps } from '../../api/create-server.ts';
import { createMetrics, type Metrics } from '../../api/metrics.ts';
import { createLog } from '../../core/runtime/log.ts';
import { createInMemoryCore, type InMemoryCore } from './in-memory.ts';
import { secret } from './tokens.ts';

/** An API server on a free port, with a core that has no stores. Disposing of the server closes it. */
export type TestApi = AsyncDisposable & {
  core: InMemoryCore;
  metrics: Metrics;
  port: number;
  url: string;
  api: ReturnType<typeof createServer>;
};

export async function openTestApi(over: Partial<ServerDeps> = {}): Promise<TestApi> {
  const core = createInMemoryCore();
  const metrics = createMetrics({ processMetrics: false });
  const api = createServer({
    ...core,
    log: createLog('api', 'silent'),
    authSecret: secret,
    corsOrigins: [],
    metrics,
    ...over,
    timeouts: { lastCallMs: 0, ...over.timeouts },
  });
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 });
  return {
    core,
    metrics,
    port,
    url: `http://127.0.0.1:${port}`,
    api,
    [Symbol.asyncDispose]: () => api.close(),
  };
}

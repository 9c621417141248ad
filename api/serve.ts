import { flushCompileCache } from 'node:module';
import type { Registry } from 'prom-client';
import { openJobQueueView } from '../core/jobs/job-queue.ts';
import { platformViews } from '../core/metrics/platform-views.ts';
import { openPlatform } from '../core/platform.ts';
import { openProducerRedis } from '../core/redis/open-redis.ts';
import { closeDeadlineMs, Lifecycle } from '../core/runtime/lifecycle.ts';
import { type Logger, onWarning } from '../core/runtime/log.ts';
import { type Env, requireTokenKeys } from '../core/settings/env.ts';
import { openTracing } from '../core/tracing/open-tracing.ts';
import { keepTallies } from '../core/tally/keep-tallies.ts';
import { readConnectionLimits } from './connection-limits.ts';
import { openIdentityProvider } from './identity/identity-provider.ts';
import { createLimits } from './limits/limits.ts';
import { openListeners } from './listeners.ts';
import { createMetrics } from './metrics.ts';
import { createPages } from './pages/pages.ts';

/** A serving API process. */
export type Serving = {
  /** Finishes the accepted work, then closes everything. Resolves to whether the work finished in time. */
  stop(): Promise<boolean>;
  /** Cuts the connections that are still open. */
  hurry(): void;
};

/** The connections to the other processes, for a process that is one of several. */
type Share = {
  /** Takes this process's registry, and returns a function for the text of `/metrics` of all processes. */
  shareMetrics: (registry: Registry) => () => Promise<string>;
  /** Whether the other processes listen on the same port with their own sockets. */
  reusePort: boolean;
};

/** Opens the stores and serves. Starts even if stores are down. */
export async function serve(env: Env, log: Logger, share?: Share): Promise<Serving> {
  requireTokenKeys(env);
  const connectionLimits = readConnectionLimits(env);
  const life = new Lifecycle(log, closeDeadlineMs);
  try {
    const metrics = createMetrics({ processMetrics: true });
    onWarning(log, (event) => metrics.observe.warned({ event }));
    const tracing = env.tracing && (await openTracing(env.tracing, 'api', log));
    // Added first so that it is closed last: until then, spans end.
    if (tracing) life.add('tracing', tracing, (t) => t.close());
    const platform = life.add('platform', await openPlatform({ env, log, tracing, observe: metrics.observe }), (p) =>
      p.close(),
    );
    metrics.watch(platformViews(platform));
    metrics.nameStrategies((eventId) => platform.strategies.strategyOf(eventId));
    const tallies = keepTallies({ db: platform.stores.db, tally: metrics.tally, log });
    life.add('tallies', tallies, (t) => t.stop());
    const { corsOrigins, authSecret, authSecretPrevious, tokenRules, identity } = env;
    const identityProvider = identity && openIdentityProvider(identity, log);
    if (identityProvider) life.add('identity provider', identityProvider, (provider) => provider.close());
    const metricsText = share?.shareMetrics(metrics.registry) ?? (() => metrics.registry.metrics());
    const pages = createPages(env, { authSecret, events: platform.events });
    const deps = {
      ...platform,
      isConnected: () => platform.stores.redis.all().some((link) => link.runId() !== undefined),
      rules: {
        ...{ approvals: env.approvals, seedLeadMs: env.seedLeadMs },
        codes: { viewerSeesCodes: env.viewerSeesCodes },
      },
      openQueueView: () => openJobQueueView(openProducerRedis(env.queueRedis)),
      ...{
        log,
        authSecret,
        authSecretPrevious,
        tokenRules,
        identityProvider,
        corsOrigins,
        metrics,
        metricsText,
        pages,
        tracing,
      },
      connectionLimits,
      limits: createLimits(env, metrics.observe.callsLimited),
    };
    // Write the compile cache now, because a process that is killed later would leave no cache for the next start. This
    // does nothing without NODE_COMPILE_CACHE.
    flushCompileCache();
    const api = await openListeners(deps, env, share?.reusePort ?? false);
    life.add('server', api, (a) => a.close());
    const { address, opsAddress } = api;
    const ops = opsAddress === null ? {} : { opsHost: opsAddress.host, opsPort: opsAddress.port };
    log.info({ event: 'api_ready', ...address, ...ops, connectionsMax: connectionLimits.max }, 'the API is listening');
    return { stop: () => life.close(), hurry: () => api.hurry() };
  } catch (err) {
    await life.close();
    throw err;
  }
}

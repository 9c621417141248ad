import { silentObservers } from '../core/metrics/meters.ts';
import type { Env } from '../core/settings/env.ts';
import { opsConnectionsMax } from './connection-limits.ts';
import { createServer, type ServerDeps } from './create-server.ts';
import type { Metrics } from './metrics.ts';

type Address = { host: string; port: number };

/** The ports that an API process listens on: `PORT`, and `OPS_PORT` where it is set. */
export type Listeners = {
  address: Address;
  /** Null without `OPS_PORT`. */
  opsAddress: Address | null;
  /** Finishes what was accepted on each. */
  close(): Promise<void>;
  /** Cuts connections that are still open. */
  hurry(): void;
};

/** Listens on `PORT`, which serves everything unless there is `OPS_PORT`, and on `OPS_PORT`, which always does. */
export async function openListeners(
  deps: ServerDeps & Required<Pick<ServerDeps, 'connectionLimits' | 'metricsText'>>,
  { host, port, ops }: Pick<Env, 'host' | 'port' | 'ops'>,
  reusePort: boolean,
): Promise<Listeners> {
  if (ops === null) {
    const only = createServer(deps);
    const address = await only.listen({ host, port, reusePort });
    return { address, opsAddress: null, close: () => only.close(), hurry: () => only.hurry() };
  }
  const { openQueueView: _openQueueView, ...forEverybody } = deps;
  const publicServer = createServer({ ...forEverybody, exposure: 'public' });
  const opsServer = createServer({
    ...deps,
    metrics: withoutConnections(deps.metrics),
    connectionLimits: { ...deps.connectionLimits, max: opsConnectionsMax },
  });
  // Both at once: readiness turns red on both, and neither takes anything new.
  const close = async () => void (await Promise.all([publicServer.close(), opsServer.close()]));
  try {
    const opsAddress = await opsServer.listen({ ...ops, reusePort });
    const address = await publicServer.listen({ host, port, reusePort });
    const hurry = () => {
      publicServer.hurry();
      opsServer.hurry();
    };
    return { address, opsAddress, close, hurry };
  } catch (err) {
    await close();
    throw err;
  }
}

/** Both ports count requests and claims together; connections are counted of `PORT` alone. */
function withoutConnections(metrics: Metrics): Metrics {
  const { connectionClosed } = silentObservers;
  return { ...metrics, observe: { ...metrics.observe, connectionClosed }, watch: () => undefined };
}

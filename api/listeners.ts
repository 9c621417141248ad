import { silentObservers } from '../core/metrics/meters.ts';
import type { Env } from '../core/settings/env.ts';
import { opsConnectionsMax } from './connection-limits.ts';
import { createServer, type ServerDeps } from './create-server.ts';
import type { Metrics } from './metrics.ts';

type Address = { host: string; port: number };

/** The ports that an API process listens on: `PORT`, and `OPS_PORT` if it is set. */
export type Listeners = {
  address: Address;
  /** Null without `OPS_PORT`. */
  opsAddress: Address | null;
  /** Finishes the accepted work on each port. */
  close(): Promise<void>;
  /** Cuts the connections that are still open. */
  hurry(): void;
};

/**
 * Listens on `PORT`, and on `OPS_PORT` if it is set. With `OPS_PORT`, that port serves everything and `PORT` serves
 * only the public routes. Without `OPS_PORT`, `PORT` serves everything.
 */
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
  // Both ports stop at the same time: readiness turns red on both, and neither accepts new connections.
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

/** The counts of requests and claims cover both ports; the counts of connections cover only `PORT`. */
function withoutConnections(metrics: Metrics): Metrics {
  const { connectionClosed } = silentObservers;
  return { ...metrics, observe: { ...metrics.observe, connectionClosed }, watch: () => undefined };
}

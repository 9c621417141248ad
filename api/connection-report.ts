import type { Server } from 'node:http';
import type { Meters } from '../core/metrics/meters.ts';
import type { CloseReason } from '../core/metrics/metric.ts';
import type { Logger } from '../core/runtime/log.ts';
import type { Connections } from './connections.ts';

const logEveryMs = 60_000;
const lookEveryMs = 1_000;

/** Reports a server's connections, and the connections closed to stay within the limits, to metrics and the log. */
export function reportConnections(options: { metrics: Pick<Meters, 'observe' | 'watch'>; log: Logger; max: number }): {
  count: (reason: CloseReason) => void;
  watch: (server: Server, connections: Connections) => void;
} {
  const { metrics, log, max } = options;
  /** Connections closed since the last log line, by reason. */
  let unsaid: Partial<Record<CloseReason, number>> = {};

  return {
    count: (reason) => {
      metrics.observe.connectionClosed({ reason });
      unsaid[reason] = (unsaid[reason] ?? 0) + 1;
    },
    watch: (server, connections) => {
      metrics.watch({ connections: () => ({ ...connections.counts(), max }) });
      let saidMs = -Infinity;
      const say = (): void => {
        if (Object.keys(unsaid).length === 0 || performance.now() - saidMs < logEveryMs) return;
        saidMs = performance.now();
        log.warn(
          { event: 'connections_closed', closed: unsaid, open: connections.counts(), max },
          'connections were closed or refused to stay within the limits (docs/operations.md#connections)',
        );
        unsaid = {};
      };
      server.once('listening', () => {
        const timer = setInterval(say, lookEveryMs).unref();
        server.once('close', () => clearInterval(timer));
      });
    },
  };
}

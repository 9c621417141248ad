import type { Server } from 'node:http';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '../core/runtime/log.ts';
import { closeReasons, type CloseReason, type Connections } from './connections.ts';
import { metricNames as names } from './metric-names.ts';

const logEveryMs = 60_000;
const lookEveryMs = 1_000;

/** Reports a server's connections to metrics and log, and those closed to stay within the limits. */
export function reportConnections(options: { registry: Registry; log: Logger; max: number }): {
  count: (reason: CloseReason) => void;
  watch: (server: Server, connections: Connections) => void;
} {
  const { registry, log, max } = options;
  const registers = [registry];
  const closed = new Counter({
    name: names.connectionsClosed,
    help: 'Connections closed or refused to stay within the limits, by reason',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of closeReasons) closed.inc({ reason }, 0);
  new Gauge({ name: names.connectionsMax, help: 'Connections that may be open at once', registers }).set(max);
  /** Since the last log line. */
  let unsaid: Partial<Record<CloseReason, number>> = {};

  return {
    count: (reason) => {
      closed.inc({ reason });
      unsaid[reason] = (unsaid[reason] ?? 0) + 1;
    },
    watch: (server, connections) => {
      new Gauge({
        name: names.connections,
        help: 'Open connections, by whether they have been answered yet',
        labelNames: ['state'],
        registers,
        collect() {
          for (const [state, count] of Object.entries(connections.counts())) this.set({ state }, count);
        },
      });
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

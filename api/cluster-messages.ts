import type { MetricObject } from 'prom-client';

/** The messages between the first process and the serving processes. */
export type ClusterMessage =
  /** To the first process: this process is listening. */
  | { type: 'firstcome:listening' }
  /** From the first process: finish the accepted work, then exit. */
  | { type: 'firstcome:stop' }
  /** From the first process: cut the connections that are still open. */
  | { type: 'firstcome:hurry' }
  /** To the first process: send the metrics of all processes. */
  | { type: 'firstcome:all-metrics-wanted'; id: number }
  /** From the first process: the metrics of all processes, in Prometheus's format. */
  | { type: 'firstcome:all-metrics'; id: number; text: string }
  /** From the first process: send your own metrics. */
  | { type: 'firstcome:metrics-wanted'; id: number }
  /** To the first process: this process's metrics. */
  | { type: 'firstcome:metrics'; id: number; metrics: MetricObject[] };

/** Other libraries use the same channel, so all our messages begin with our name. */
export function isClusterMessage(message: unknown): message is ClusterMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    typeof message.type === 'string' &&
    message.type.startsWith('firstcome:')
  );
}

import type { MetricObject } from 'prom-client';

/** What the first process and those that serve say to each other. */
export type ClusterMessage =
  /** To the first one: this process listens. */
  | { type: 'firstcome:listening' }
  /** From the first one: finish what is accepted, and end. */
  | { type: 'firstcome:stop' }
  /** From the first one: cut what is still open. */
  | { type: 'firstcome:hurry' }
  /** To the first one: tell me the metrics of all. */
  | { type: 'firstcome:all-metrics-wanted'; id: number }
  /** From the first one: the metrics of all, as Prometheus reads them. */
  | { type: 'firstcome:all-metrics'; id: number; text: string }
  /** From the first one: tell me yours. */
  | { type: 'firstcome:metrics-wanted'; id: number }
  /** To the first one: mine. */
  | { type: 'firstcome:metrics'; id: number; metrics: MetricObject[] };

/** Other libraries use the same channel; everything of ours begins with our name. */
export function isClusterMessage(message: unknown): message is ClusterMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    typeof message.type === 'string' &&
    message.type.startsWith('firstcome:')
  );
}

import type { Worker } from 'node:cluster';
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';
import { within } from '../core/runtime/within.ts';
import { isClusterMessage, type ClusterMessage } from './cluster-messages.ts';

/** How long to wait for a process, so that a busy or stopped process does not delay the metrics. */
const answerMs = 1_000;

/** The first process's part in `/metrics`: adds up the counts of all processes. */
export type MetricsCollector = {
  add(worker: Worker): void;
};

/**
 * Opens the collector. A process that is asked for metrics sends its request here. If another process doesn't answer in
 * time, its last reported values are used, so that no total decreases.
 */
export function createMetricsCollector(): MetricsCollector {
  const workers = new Map<Worker, MetricObject[]>();
  const waiting = new Map<number, (worker: Worker, metrics: MetricObject[]) => void>();
  let lastId = 0;

  const collect = async (): Promise<string> => {
    const id = (lastId += 1);
    const asked = new Set([...workers.keys()].filter((worker) => worker.isConnected()));
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    waiting.set(id, (worker, metrics) => {
      if (workers.has(worker)) workers.set(worker, metrics);
      asked.delete(worker);
      if (asked.size === 0) resolve();
    });
    for (const worker of asked) say(worker, { type: 'firstcome:metrics-wanted', id });
    await within(answerMs, answered, () => undefined);
    waiting.delete(id);
    return AggregatorRegistry.aggregate([...workers.values()]).metrics();
  };

  /** Requests that arrive during a collection share its result. */
  let underWay: Promise<string> | undefined;
  const text = (): Promise<string> => {
    underWay ??= collect().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  return {
    add: (worker) => {
      workers.set(worker, []);
      worker.once('exit', () => workers.delete(worker));
      worker.on('message', (message: unknown) => {
        if (!isClusterMessage(message)) return;
        if (message.type === 'firstcome:metrics') waiting.get(message.id)?.(worker, message.metrics);
        if (message.type !== 'firstcome:all-metrics-wanted') return;
        const { id } = message;
        void text().then((all) => say(worker, { type: 'firstcome:all-metrics', id, text: all }));
      });
    },
  };
}

/**
 * In a serving process: returns the text of `/metrics` for all processes, or for this process alone if the first
 * process doesn't answer.
 */
export function shareMetrics(registry: Registry): () => Promise<string> {
  const waiting = new Map<number, (text: string) => void>();
  let lastId = 0;
  const send = (message: ClusterMessage): void => void process.send?.(message);
  process.on('message', (message: unknown) => {
    if (!isClusterMessage(message)) return;
    if (message.type === 'firstcome:all-metrics') waiting.get(message.id)?.(message.text);
    if (message.type !== 'firstcome:metrics-wanted') return;
    const { id } = message;
    void registry.getMetricsAsJSON().then((metrics) => send({ type: 'firstcome:metrics', id, metrics }));
  });
  return async () => {
    const id = (lastId += 1);
    const { promise, resolve } = Promise.withResolvers<string>();
    waiting.set(id, resolve);
    send({ type: 'firstcome:all-metrics-wanted', id });
    const text = await within(2 * answerMs, promise, () => null);
    waiting.delete(id);
    return text ?? registry.metrics();
  };
}

/** Don't send a message to a worker process that has just died. */
export function say(worker: Worker, message: ClusterMessage): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

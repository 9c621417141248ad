import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Logger } from '../core/log.ts';

/** What the processes tell each other, besides prom-client's own messages. */
type Message =
  { type: 'firstcome:metrics-wanted'; id: number } | { type: 'firstcome:metrics'; id: number; text: string | null };

/** A process that dies within this time of its start is started again after a pause that doubles each time. */
const soonMs = 10_000;
const pauseMaxMs = 10_000;
/** Longer than a process's own deadline for finishing what it accepted. */
const stopDeadlineMs = 12_000;
const metricsLimitMs = 5_000;

/** The processes that share the port. */
export type Cluster = {
  /** Lets each finish what it accepted. Resolves to whether all did in time. */
  stop(): Promise<boolean>;
};

/**
 * Starts `count` API processes on one port, and starts anew those that die. Connections are handed out in turn, which
 * spreads them evenly; with the kernel's own choice a few processes get most of them.
 */
export function startCluster(count: number, log: Logger): Cluster {
  const registry = new AggregatorRegistry();
  let stopping = false;
  let pauseMs = 100;

  const fork = (): void => {
    const startedMs = performance.now();
    const worker = cluster.fork();
    worker.on('message', (message: unknown) => {
      if (isMessage(message) && message.type === 'firstcome:metrics-wanted') {
        void answerMetrics(registry, worker, message.id, log);
      }
    });
    worker.on('exit', (code, signal) => {
      if (stopping) return;
      pauseMs = performance.now() - startedMs < soonMs ? Math.min(pauseMs * 2, pauseMaxMs) : 100;
      log.error(
        { event: 'api_process_died', pid: worker.process.pid, code, signal, pauseMs },
        'an API process died; starting another',
      );
      setTimeout(() => {
        if (!stopping) fork();
      }, pauseMs);
    });
  };
  for (let i = 0; i < count; i += 1) fork();

  return {
    stop: async () => {
      stopping = true;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      const results = await Promise.all(workers.map(stopWorker));
      return results.every((inTime) => inTime);
    },
  };
}

/** In one of the processes: the text of `/metrics` for all of them, which the first process puts together. */
export function shareMetrics(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries([registry]);
  // Made only because that is when prom-client begins to answer the first process.
  new AggregatorRegistry();
  const waiting = new Map<number, (text: string | null) => void>();
  let lastId = 0;
  process.on('message', (message: unknown) => {
    if (!isMessage(message) || message.type !== 'firstcome:metrics') return;
    waiting.get(message.id)?.(message.text);
  });
  return async () => {
    const id = (lastId += 1);
    const { promise, resolve } = Promise.withResolvers<string | null>();
    waiting.set(id, resolve);
    const timer = setTimeout(() => resolve(null), metricsLimitMs);
    process.send?.({ type: 'firstcome:metrics-wanted', id } satisfies Message);
    const text = await promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(id);
    });
    // Better the metrics of one process than none.
    return text ?? registry.metrics();
  };
}

async function answerMetrics(
  registry: { clusterMetrics(): Promise<string> },
  worker: Worker,
  id: number,
  log: Logger,
): Promise<void> {
  const text = await registry.clusterMetrics().catch((err: unknown) => {
    log.warn({ event: 'metrics_incomplete', err }, 'not every API process told its metrics in time');
    return null;
  });
  if (worker.isConnected()) worker.send({ type: 'firstcome:metrics', id, text } satisfies Message);
}

async function stopWorker(worker: Worker): Promise<boolean> {
  if (worker.isDead()) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  worker.once('exit', (code) => resolve(code === 0));
  worker.process.kill('SIGTERM');
  const timer = setTimeout(() => {
    worker.process.kill('SIGKILL');
    resolve(false);
  }, stopDeadlineMs);
  return promise.finally(() => clearTimeout(timer));
}

function isMessage(message: unknown): message is Message {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    (message.type === 'firstcome:metrics-wanted' || message.type === 'firstcome:metrics')
  );
}

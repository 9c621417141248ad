import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Logger } from '../core/runtime/log.ts';
import { within } from '../core/runtime/within.ts';
import { isClusterMessage } from './cluster-messages.ts';
import { createMetricsCollector, say } from './cluster-metrics.ts';

/** If a process dies within this time of its start, it is restarted after a pause, which doubles each time. */
const soonMs = 10_000;
const pauseMinMs = 100;
const pauseMaxMs = 10_000;
/** Longer than the deadline that each process has for its accepted work. */
export const stopDeadlineMs = 12_000;

type Address = { host: string; port: number };

/** The processes that share the port. */
export type Cluster = {
  /** Lets each process finish its accepted work. Resolves to whether all finished in time. */
  stop(): Promise<boolean>;
  /** Cuts the connections that are still open. */
  hurry(): void;
};

/**
 * Whether each process listens on its own socket (SO_REUSEPORT). Measured with 2 processes, bursts of 5,000 connections
 * and wrk with 64: with separate sockets, the kernel gives each process 46-54% of the connections, and the burst takes
 * 1.2-3.2 s. If the first process hands out the connections, the burst takes 2.0-6.3 s. With one shared socket it takes
 * 1.7-4.5 s, but a process may get 2% of the connections, or none. Node supports the option on Linux and some BSDs; on
 * other systems the first process hands out the connections.
 */
export const listensAlone = process.platform === 'linux' || process.platform === 'freebsd';

/**
 * Starts `count` API processes on one port (and on one `OPS_PORT`), and restarts each process that dies. Throws if the
 * port isn't available, or if a process exits before any process has begun to listen.
 */
export async function startCluster(
  options: { count: number; host: string; port: number; ops: Address | null },
  log: Logger,
): Promise<Cluster> {
  const port = await findPort(options);
  const opsPort = options.ops === null ? null : await findPort(options.ops);
  const metrics = createMetricsCollector();
  const processes = new Set<Worker>();
  const begun = Promise.withResolvers<void>();
  let anyListened = false;
  let stopping = false;
  let pauseMs = pauseMinMs;

  const fork = (): void => {
    const startedMs = performance.now();
    const worker = cluster.fork({ PORT: String(port), ...(opsPort !== null && { OPS_PORT: String(opsPort) }) });
    processes.add(worker);
    metrics.add(worker);
    worker.on('message', (message: unknown) => {
      if (!isClusterMessage(message) || message.type !== 'firstcome:listening') return;
      anyListened = true;
      begun.resolve();
    });
    worker.once('exit', (code, signal) => {
      processes.delete(worker);
      if (stopping) return;
      if (!anyListened) return begun.reject(new Error('An API process ended before it listened; see its log.'));
      pauseMs = performance.now() - startedMs < soonMs ? Math.min(pauseMs * 2, pauseMaxMs) : pauseMinMs;
      const pid = worker.process.pid;
      log.error({ event: 'api_process_died', pid, code, signal, pauseMs }, 'an API process died; starting another');
      setTimeout(() => {
        if (!stopping) fork();
      }, pauseMs);
    });
  };

  const stop = async (): Promise<boolean> => {
    stopping = true;
    const inTime = await Promise.all([...processes].map(stopProcess));
    return inTime.every((ended) => ended);
  };

  for (let started = 0; started < options.count; started += 1) fork();
  try {
    await begun.promise;
  } catch (err) {
    await stop();
    throw err;
  }
  return {
    stop,
    hurry: () => {
      for (const worker of processes) say(worker, { type: 'firstcome:hurry' });
    },
  };
}

/**
 * Returns the port to share; for port 0, a free port. Throws if the port is taken. Without this check, another system
 * that also shares the port would not make listening fail, and both systems would receive connections.
 */
async function findPort({ host, port }: Address): Promise<number> {
  const probe = createServer().listen({ host, port, exclusive: true });
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * Sends a message instead of a signal. If the whole process group was signalled, the serving process already has one
 * signal. The process would treat ours as the second signal, which cuts connections.
 */
async function stopProcess(worker: Worker): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  worker.once('exit', (code) => resolve(code === 0));
  say(worker, { type: 'firstcome:stop' });
  return within(stopDeadlineMs, promise, () => {
    worker.process.kill('SIGKILL');
    return false;
  });
}

import cluster from 'node:cluster';
import { createLog, type Logger } from '../core/runtime/log.ts';
import { parseEnv, type Env } from '../core/settings/env.ts';
import { traceFields } from '../core/tracing/span.ts';
import { isClusterMessage, type ClusterMessage } from './cluster-messages.ts';
import { shareMetrics } from './cluster-metrics.ts';
import { listensAlone, startCluster } from './cluster.ts';
import { readConnectionLimits } from './connection-limits.ts';
import { startTrouble } from './start-trouble.ts';

/**
 * Signals within this time count as one, because a process may receive one stop request several times: directly,
 * through its process group, and from any process that forwards the signal.
 */
const oneSignalMs = 1_000;
/** How much longer unfinished work may take after a second signal. */
const hurryMs = 1_000;

type Running = {
  /** Finishes the accepted work. Resolves to whether it finished in time. */
  stop(): Promise<boolean>;
  /** Cuts the connections that are still open. */
  hurry(): void;
};

const env = readEnv();
const log = createLog('api', env.logLevel, env.tracing === null ? undefined : traceFields);
process.on('uncaughtException', (err) => {
  log.fatal({ event: 'api_crashed', err }, 'the API is exiting because of an unexpected error');
  process.exit(1);
});
stopWhenAsked(start(env, log), log);

async function start(env: Env, log: Logger): Promise<Running> {
  try {
    if (!cluster.isWorker && env.webConcurrency > 1) {
      const { webConcurrency: count, host, port, ops } = env;
      return await startCluster({ count, host, port, ops }, log);
    }
    // Imported late, because a process with a wrong environment does not need most modules, nor does the first of
    // several processes.
    const { serve } = await import('./serve.ts');
    if (cluster.isWorker) {
      const serving = await serve(env, log, { shareMetrics, reusePort: listensAlone });
      process.send?.({ type: 'firstcome:listening' } satisfies ClusterMessage);
      return serving;
    }
    return await serve(env, log);
  } catch (err) {
    log.fatal({ event: 'api_not_started', err }, startTrouble(err, env));
    process.exit(1);
  }
}

/**
 * Called before the start is complete, so that a signal that comes just after "ready" still shuts the process down
 * cleanly.
 */
function stopWhenAsked(started: Promise<Running>, log: Logger): void {
  let askedMs: number | undefined;
  const stop = (by: string): void => {
    if (askedMs !== undefined) return;
    askedMs = performance.now();
    log.info({ event: 'api_stopping', by }, 'the API is stopping; it finishes the requests it has accepted');
    void started.then((running) => running.stop()).then((inTime) => process.exit(inTime ? 0 : 1));
  };
  const hurry = (): void => {
    void started.then((running) => running.hurry());
    setTimeout(() => process.exit(1), hurryMs).unref();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedMs === undefined) stop(signal);
    else if (performance.now() - askedMs > oneSignalMs) hurry();
  };
  process.on('SIGTERM', onSignal);
  if (!cluster.isWorker) {
    process.on('SIGINT', onSignal);
    return;
  }
  // Ctrl-C reaches the whole process group, so this process ignores it and follows the first process's messages.
  process.on('SIGINT', () => undefined);
  process.on('message', (message: unknown) => {
    if (!isClusterMessage(message)) return;
    if (message.type === 'firstcome:stop') stop('the first process');
    if (message.type === 'firstcome:hurry') hurry();
  });
}

function readEnv(): Env {
  try {
    const env = parseEnv(process.env);
    // A wrong limit stops the startup here, because every process that the first one starts has the same limit.
    readConnectionLimits(env);
    return env;
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1);
  }
}

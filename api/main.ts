import cluster from 'node:cluster';
import { createLog, type Logger } from '../core/runtime/log.ts';
import { parseEnv, type Env } from '../core/settings/env.ts';
import { isClusterMessage, type ClusterMessage } from './cluster-messages.ts';
import { shareMetrics } from './cluster-metrics.ts';
import { listensAlone, startCluster } from './cluster.ts';
import { readConnectionLimits } from './connection-limits.ts';
import { startTrouble } from './start-trouble.ts';

/** Signals that come together are one: to a process, to its group, by whoever passes them on. */
const oneSignalMs = 1_000;
/** After a second one, what is left may take this long. */
const hurryMs = 1_000;

type Running = {
  /** Finishes what was accepted. Resolves to whether that was done in time. */
  stop(): Promise<boolean>;
  /** Cuts what is still open. */
  hurry(): void;
};

const env = readEnv();
const log = createLog('api', env.logLevel);
process.on('uncaughtException', (err) => {
  log.fatal({ event: 'api_crashed', err }, 'the API ends because of an error that nothing expected');
  process.exit(1);
});
stopWhenAsked(await start(env, log), log);

async function start(env: Env, log: Logger): Promise<Running> {
  try {
    if (!cluster.isWorker && env.webConcurrency > 1) {
      const { webConcurrency: count, host, port, ops } = env;
      return await startCluster({ count, host, port, ops }, log);
    }
    // Not before: most of what a start loads is for serving, which neither a wrong environment nor the first of several needs.
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

function stopWhenAsked(running: Running, log: Logger): void {
  let askedMs: number | undefined;
  const stop = (by: string): void => {
    if (askedMs !== undefined) return;
    askedMs = performance.now();
    log.info({ event: 'api_stopping', by }, 'the API finishes what it accepted');
    void running.stop().then((inTime) => process.exit(inTime ? 0 : 1));
  };
  const hurry = (): void => {
    running.hurry();
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
  // Ctrl-C reaches the whole group, and the first process says what is to be done.
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
    // For the processes that the first one starts, too: their limit is the same.
    readConnectionLimits(env);
    return env;
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1);
  }
}

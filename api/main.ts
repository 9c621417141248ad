import cluster from 'node:cluster';
import { parseEnv } from '../core/env.ts';
import { createLog } from '../core/log.ts';
import { shareMetrics, startCluster } from './cluster.ts';
import { serve } from './serve.ts';

const env = parseEnv(process.env);
const log = createLog('api', env.logLevel);

const running = await start();
let stopping = false;
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) {
    // Asked twice: whoever waits for an answer loses it.
    running.hurry();
    process.exit(1);
  }
  stopping = true;
  log.info({ event: 'api_stopping', signal }, 'API finishes what it accepted');
  void running.stop().then((inTime) => process.exit(inTime ? 0 : 1));
};
process.on('SIGTERM', stop);
// Ctrl-C reaches the whole process group; one of several processes waits for the first one's SIGTERM.
process.on('SIGINT', cluster.isWorker ? () => undefined : stop);

async function start(): Promise<{ stop(): Promise<boolean>; hurry(): void }> {
  try {
    if (cluster.isWorker) return await serve(env, log, shareMetrics);
    if (env.webConcurrency === 1) return await serve(env, log);
    return { ...startCluster(env.webConcurrency, log), hurry: () => undefined };
  } catch (err) {
    log.fatal({ event: 'api_not_started', err }, 'the API could not start');
    process.exit(1);
  }
}

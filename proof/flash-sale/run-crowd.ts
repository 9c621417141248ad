import { Worker } from 'node:worker_threads';
import type { CrowdOrders, CrowdResult } from './crowd-thread.ts';

/** Runs a crowd in a separate thread. Resolves when every user has a final answer or has given up. */
export async function runCrowd(orders: CrowdOrders, signal: AbortSignal): Promise<CrowdResult> {
  // The thread runs without this process's Node options, because modules that they preload must not run there.
  const thread = new Worker(new URL('./crowd-thread.ts', import.meta.url), { workerData: orders, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<CrowdResult>();
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) =>
    reject(new Error(`The crowd's thread exited with code ${code} before the crowd was done.`)),
  );
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  try {
    return await promise;
  } finally {
    await thread.terminate();
  }
}

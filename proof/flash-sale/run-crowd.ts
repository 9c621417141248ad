import { Worker } from 'node:worker_threads';
import type { CrowdOrders, CrowdResult } from './crowd-thread.ts';

/** Sends a crowd from a thread of its own. Resolves when every user has a final answer, or has given up. */
export async function runCrowd(orders: CrowdOrders, signal: AbortSignal): Promise<CrowdResult> {
  // Without the options of this process: what it was told to preload is not for this thread.
  const thread = new Worker(new URL('./crowd-thread.ts', import.meta.url), { workerData: orders, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<CrowdResult>();
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`The crowd's thread ended with code ${code} before its crowd had.`)));
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  try {
    return await promise;
  } finally {
    await thread.terminate();
  }
}

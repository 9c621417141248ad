import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { SaleResult } from '../../proof/flash-sale/run-sale.ts';
import type { Deployment } from './deployment.ts';

export type Sale = { opensAtMs: number; result: Promise<SaleResult> };

export type SaleOptions = { root: string; dataDir: string; users: number; stock: number; signal: AbortSignal };

/**
 * Starts `npm run flash-sale` outside the containers, against the system in them. Resolves once the event exists and is
 * about to open.
 */
export async function startSale(
  { systemEnv }: Pick<Deployment, 'systemEnv'>,
  { root, dataDir, users, stock, signal }: SaleOptions,
): Promise<Sale> {
  signal.throwIfAborted();
  const sizes = ['--users', String(users), '--stock', String(stock)];
  const child = spawn(process.execPath, [join(root, 'proof', 'flash-sale.ts'), '--json', ...sizes], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], FIRSTCOME_DATA_DIR: dataDir, ...systemEnv },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const opened = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<SaleResult>();
  // If the sale fails before a caller awaits it, the rejection must not count as unhandled.
  ended.promise.catch(() => undefined);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    const [, opensAt] = /^Event \S+ opens at (\S+):/m.exec(stderr) ?? [];
    if (opensAt !== undefined) opened.resolve(Date.parse(opensAt));
  });
  child.once('close', (code) => {
    signal.removeEventListener('abort', stop);
    try {
      ended.resolve(JSON.parse(stdout) as SaleResult);
    } catch {
      const error = new Error(`The sale ended without a result (exit ${code}):\n${stderr.slice(-2_000)}`);
      ended.reject(error);
      opened.reject(error);
    }
  });
  return { opensAtMs: await opened.promise, result: ended.promise };
}

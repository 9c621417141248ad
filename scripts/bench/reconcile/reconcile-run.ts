import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeArgs } from '../../../admin-cli/node-args.mjs';
import { monotonicMs } from '../../flash-sale/monotonic.ts';
import type { BenchSystem } from '../bench-system.ts';

/** One `coupon-admin reconcile`, from the start of its process to the end. */
export type ReconcileRun = { seconds: number; peakRssBytes: number };

const root = join(import.meta.dirname, '..', '..', '..');
const lookEveryMs = 25;

/** Runs the command as an operator does. Null when `signal` ended it; throws when it finds drift, or fails. */
export async function runReconcile(
  { databaseUrl, redisUrl }: BenchSystem,
  eventId: string,
  signal?: AbortSignal,
): Promise<ReconcileRun | null> {
  const sinceMs = monotonicMs();
  const child = spawn(
    process.execPath,
    [...nodeArgs, join(root, 'admin-cli/main.ts'), 'reconcile', eventId, '--json'],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let running = true;
  void ended.then(() => (running = false));
  let peakRssBytes = 0;
  while (running) {
    peakRssBytes = Math.max(peakRssBytes, readPeakRss(child.pid ?? 0));
    await Promise.race([ended, sleep(lookEveryMs)]);
  }
  const [code] = await ended;
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted === true) return null;
  if (code !== 0) throw new Error(`reconcile ended with ${code}: ${told}`);
  return { seconds: (monotonicMs() - sinceMs) / 1_000, peakRssBytes };
}

/** The most that a process has had resident so far; 0 when it has just ended. */
function readPeakRss(pid: number): number {
  try {
    const [, kibi] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return 1_024 * Number(kibi ?? 0);
  } catch {
    return 0;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeArgs } from '../../../admin-cli/node-args.mjs';
import { monotonicMs } from '../../flash-sale/monotonic.ts';
import type { BenchSystem } from '../bench-system.ts';
import { readCpuTime } from '../meters/cpu-time.ts';
import { bothUs } from '../meters/cpu-times.ts';

/** One command, from the start of its process to the end. */
export type CommandRun = { seconds: number; cpuSeconds: number; peakRssBytes: number };

const root = join(import.meta.dirname, '..', '..', '..');
const lookEveryMs = 25;

/**
 * Runs `coupon-admin` with some arguments, on the stores themselves. `ended` is false when `signal` ended it; throws when it
 * fails, or finds drift.
 */
export async function runCommand(
  { databaseUrl, redisUrl }: BenchSystem,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<CommandRun & { ended: boolean }> {
  const sinceMs = monotonicMs();
  const child = spawn(process.execPath, [...nodeArgs, join(root, 'admin-cli/main.ts'), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let running = true;
  void ended.then(() => (running = false));
  let peakRssBytes = 0;
  let cpuUs = 0;
  while (running) {
    peakRssBytes = Math.max(peakRssBytes, readPeakRss(child.pid ?? 0));
    cpuUs = Math.max(cpuUs, readCpuUs(child.pid ?? 0));
    await Promise.race([ended, sleep(lookEveryMs)]);
  }
  const [code] = await ended;
  signal?.removeEventListener('abort', stop);
  const ran = { seconds: (monotonicMs() - sinceMs) / 1_000, cpuSeconds: cpuUs / 1e6, peakRssBytes };
  if (signal?.aborted === true) return { ...ran, ended: false };
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${told}`);
  return { ...ran, ended: true };
}

/** CPU time of a process so far; 0 when it has just ended. */
function readCpuUs(pid: number): number {
  try {
    return bothUs(readCpuTime(pid));
  } catch {
    return 0;
  }
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

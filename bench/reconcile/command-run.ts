import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeArgs } from '../../admin-cli/node-args.mjs';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { readCpuTime } from '../meters/cpu-time.ts';
import { bothUs } from '../meters/cpu-times.ts';
import type { BenchSystem } from '../system/bench-system.ts';

/** One run of the command, from the start to the end of its process, with the cost of the API that does the work. */
export type CommandRun = {
  seconds: number;
  cpuSeconds: number;
  peakRssBytes: number;
  api: { cpuSeconds: number; peakRssBytes: number };
};

const root = join(import.meta.dirname, '..', '..');
const lookEveryMs = 25;

/** Runs `coupon-admin` with the given arguments. Throws if the command fails or finds drift. */
export async function runCommand({ api, authSecret }: BenchSystem, args: readonly string[]): Promise<CommandRun> {
  const token = createTokenMint(authSecret)({ sub: 'bench', role: 'operator' }, 3_600_000, Date.now());
  const apiPid = api.process.pid;
  const apiBefore = readCpuUs(apiPid);
  forgetPeakRss(apiPid);
  const sinceMs = monotonicMs();
  const child = spawn(process.execPath, [...nodeArgs, join(root, 'admin-cli/main.ts'), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], FIRSTCOME_URL: api.url, FIRSTCOME_TOKEN: token },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
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
  const seconds = (monotonicMs() - sinceMs) / 1_000;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  const apiCpuSeconds = (readCpuUs(apiPid) - apiBefore) / 1e6;
  return {
    ...{ seconds, cpuSeconds: cpuUs / 1e6, peakRssBytes },
    api: { cpuSeconds: apiCpuSeconds, peakRssBytes: readPeakRss(apiPid) },
  };
}

/** The CPU time that a process has used, or 0 if it has just ended. */
function readCpuUs(pid: number): number {
  try {
    return bothUs(readCpuTime(pid));
  } catch {
    return 0;
  }
}

/** Resets the peak resident size of a process, so that a new peak is measured. */
const forgetPeakRss = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** The peak resident size of a process, or 0 if it has just ended. */
function readPeakRss(pid: number): number {
  try {
    const [, kibi] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return 1_024 * Number(kibi ?? 0);
  } catch {
    return 0;
  }
}

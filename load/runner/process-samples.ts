import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { readCpuTime } from '../../bench/meters/cpu-time.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';

/** Memory and CPU time of a part of the system, with its child processes. */
export type PartSample = { rssBytes: number; cpuUs: number };

export type Sample = {
  /** Monotonic. */
  atMs: number;
  /** By name: api, worker, redis, mariadb, artillery. Leaves out parts that can't be observed. */
  parts: Record<string, PartSample>;
  /** The memory that Redis reports as used. Null if Redis does not answer. */
  redisUsedBytes: number | null;
};

export type Sampler = { readonly samples: Sample[]; stop: () => void };

const everyMs = 1_000;

/** Samples the processes once a second. Works only on Linux, and only for processes on this machine. */
export function startSampler(pids: () => Record<string, number>, redis: Redis): Sampler {
  const samples: Sample[] = [];
  const look = async (): Promise<void> => {
    const sample: Sample = { atMs: monotonicMs(), parts: {}, redisUsedBytes: null };
    samples.push(sample);
    for (const [name, pid] of Object.entries(pids())) {
      const part = lookAt(pid);
      if (part !== null) sample.parts[name] = part;
    }
    const info = await redis.info('memory').catch(() => '');
    const used = /^used_memory:(\d+)/m.exec(info)?.[1];
    sample.redisUsedBytes = used === undefined ? null : Number(used);
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  return { samples, stop: () => clearInterval(timer) };
}

/**
 * The CPU time of each part between two times (monotonic), in cores. Each end of that span is accurate to a second.
 * Leaves out parts that have only one sample or were restarted.
 */
export function coresUsed(samples: Sample[], fromMs: number, toMs: number): Record<string, number> {
  const within = samples.filter((sample) => sample.atMs >= fromMs - everyMs && sample.atMs <= toMs + everyMs);
  const names = new Set(within.flatMap(({ parts }) => Object.keys(parts)));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const seen = within.flatMap(({ atMs, parts }) => (parts[name] === undefined ? [] : [{ atMs, ...parts[name] }]));
      const [first, last] = [seen.at(0), seen.at(-1)];
      if (first === undefined || last === undefined || first === last || last.cpuUs < first.cpuUs) return [];
      return [[name, (last.cpuUs - first.cpuUs) / ((last.atMs - first.atMs) * 1_000)]];
    }),
  );
}

function lookAt(pid: number): PartSample | null {
  try {
    const { userUs, systemUs } = readCpuTime(pid);
    const rssBytes = familyOf(pid).reduce((sum, member) => sum + readRss(member), 0);
    return { rssBytes, cpuUs: userUs + systemUs };
  } catch {
    // The process has ended, or this machine has no /proc.
    return null;
  }
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

const readRss = (pid: number): number =>
  1_024 * Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);

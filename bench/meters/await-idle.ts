import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { readClaimOutcomes } from './claim-outcomes.ts';
import { bothUs, cpuSpentByEach, readCpuTimes } from './cpu-times.ts';

const lookEveryMs = 50;
/**
 * How long to watch. This is longer than the longest pause of a claim that polls for a lock, so that no such claim is
 * missed.
 */
const silentForMs = 400;
/** The time limit, which is longer than a claim waits for its turn. */
const silenceLimitMs = 5_000;

/**
 * Waits until the claims in flight at the end of a load have an outcome, because their costs belong to that load.
 * Resolves to the time of the last outcome, on the monotonic clock.
 */
export async function awaitLastOutcomes(api: BenchApi): Promise<number> {
  const count = async (): Promise<number> =>
    Object.values(await readClaimOutcomes(api.url)).reduce((sum, outcomes) => sum + outcomes, 0);
  const deadlineMs = monotonicMs() + silenceLimitMs;
  let last = { atMs: monotonicMs(), count: await count() };
  while (monotonicMs() - last.atMs < silentForMs && monotonicMs() < deadlineMs) {
    await sleep(lookEveryMs);
    const now = await count();
    if (now !== last.count) last = { atMs: monotonicMs(), count: now };
  }
  return last.atMs;
}

const windowMs = 200;
/** The share of a core that counts as idle, for all processes together. Timers and heartbeats use less. */
const idleShare = 0.1;
const idleLimitMs = 10_000;

/**
 * Waits until no process that serves claims is busy, so that work that follows a load (verifying the round, removing it
 * from Redis) does not count toward the next load. Gives up after a time limit, because other programs may keep the
 * machine busy.
 */
export async function awaitIdle({ pids }: BenchSystem, api: BenchApi): Promise<void> {
  const all = { ...pids, api: api.process.pid };
  const deadlineMs = monotonicMs() + idleLimitMs;
  while (monotonicMs() < deadlineMs) {
    const [before, sinceMs] = [readCpuTimes(all), monotonicMs()];
    await sleep(windowMs);
    const spent = Object.values(cpuSpentByEach(before, readCpuTimes(all))).reduce((sum, cpu) => sum + bothUs(cpu), 0);
    if (spent / 1_000 <= idleShare * (monotonicMs() - sinceMs)) return;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { readClaimOutcomes } from './claim-outcomes.ts';
import { bothUs, cpuSpentByEach, readCpuTimes } from './cpu-times.ts';

const lookEveryMs = 50;
/** Longer than the longest pause of a claim that polls for a lock, so that none of them is overlooked. */
const silentForMs = 400;
/** Longer than a claim waits for its turn. */
const silenceLimitMs = 5_000;

/**
 * Waits until the claims that were on their way when a load ended have their outcome, too: what they cost, and what
 * becomes of them, belongs to that load. Resolves to when the last one had it, on the monotonic clock.
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
/** A tenth of a core for all together: timers and heartbeats take less. */
const idleShare = 0.1;
const idleLimitMs = 10_000;

/**
 * Waits until nothing that serves claims has anything to do: verifying a round, taking it out of Redis and MySQL's
 * tidying up go on after a load, and would count to the next one. Not for ever, because the machine may be busy.
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

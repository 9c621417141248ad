import type { Target } from '../results/target.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { measureContention, type Contention } from './contention.ts';
import { measureStandstills, type Standstill } from './standstill.ts';
import { measureWaits, type WaitTime } from './wait-times.ts';

/** Why figures are not shown; empty if all are shown. */
export const withheldOf = ({ contention, waits, standstills }: LocksResult): string[] =>
  [...standstills, ...contention, ...waits].flatMap(({ withheld }) => withheld);

export type LocksResult = {
  contention: Contention[];
  contentionSeconds: number;
  contentionRounds: number;
  waits: WaitTime[];
  standstills: Standstill[];
  /** Always empty: the locks have no targets. */
  targets: Target[];
};

/**
 * Compares the named lock with the row lock, and polling with notifications. Also compares time limits for waiting
 * claims, and leases.
 */
export async function benchLocks(
  system: BenchSystem,
  { quick }: { quick: boolean },
  say: (line: string) => void,
): Promise<LocksResult> {
  const contentionSeconds = quick ? 1 : 2;
  const contentionRounds = quick ? 1 : 2;
  const leasesMs = quick ? [300] : [300, 1_000, 3_000];
  const leases = [
    ...leasesMs.map((leaseMs) => ({ strategy: 'redis-lock' as const, leaseMs })),
    { strategy: 'db-lock' as const, leaseMs: null },
    { strategy: 'db-named-lock' as const, leaseMs: null },
  ];
  say('how long an event stands still when the holder of its lock dies or is stopped');
  const standstills = await measureStandstills(system, { leases, repeats: quick ? 1 : 2 }, say);
  say('four locks under contention');
  const crowd = quick ? { users: 500, stock: 100 } : { users: 2_000, stock: 500 };
  const contention = await measureContention(
    system,
    { rounds: contentionRounds, seconds: contentionSeconds, ...crowd },
    say,
  );
  say('how long a claim waits for its turn');
  const waits = await measureWaits(system, quick ? crowd : { users: 3_000, stock: 500 }, say);
  return { contention, contentionSeconds, contentionRounds, waits, standstills, targets: [] };
}

import { createTokenMint } from '../../core/access/mint-token.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { awaitIdle } from '../meters/await-idle.ts';
import { bothUs, cpuSpentByEach, readCpuTimes } from '../meters/cpu-times.ts';
import { median, type Target } from '../results/target.ts';
import type { BenchSystem } from '../system/bench-system.ts';
import { calibrate, holdWindow, type SaleWindow, type WindowPair } from './beside-sale.ts';
import { runCommand, type CommandRun } from './command-run.ts';
import { fillRound } from './filled-round.ts';
import { watchSlowCommands } from './slow-commands.ts';

/** A reconcile of a large round, with no other load. */
export type LargeRun = CommandRun & { redisCpuSeconds: number; mysqlCpuSeconds: number };

/** A `claims export` to a pipe. */
export type ExportRun = { claims: number } & CommandRun;

export type ReconcileResult = {
  claims: number;
  runs: LargeRun[];
  /** The longest Redis command of the reconciles, in ms, and how many took more than 2 ms. */
  longestCommandMs: number;
  commandsOver2Ms: number;
  exports: ExportRun[];
  /** `admin.event.reset` of the large round, in ms. */
  resetMs: number;
  /** The size of the round that is reconciled during the sale. */
  claimsBeside: number;
  windowSeconds: number;
  /**
   * The rate that 64 callers reach if each calls again as soon as it has an answer. The windows run at half that rate.
   */
  calibratedPerSecond: number;
  pairs: WindowPair[];
  targets: Target[];
};

/**
 * Measures a reconcile of a large round with no other load, and reconciles during a sale at half the rate that the
 * machine accepts.
 */
export async function benchReconcile(
  system: BenchSystem,
  { claims, quick, seconds }: { claims: number; quick: boolean; seconds: number | null },
  say: (line: string) => void,
): Promise<ReconcileResult> {
  const large = await fillRound(system, 'large', claims);
  const runs: LargeRun[] = [];
  const slow = await watchSlowCommands(system.redis, large);
  for (let run = 1; run <= (quick ? 1 : 3); run += 1) {
    await awaitIdle(system, system.api);
    const pids = { ...system.pids, api: system.api.process.pid };
    const before = readCpuTimes(pids);
    const ran = await runCommand(system, ['reconcile', large, '--json']);
    const { redis, mysql } = cpuSpentByEach(before, readCpuTimes(pids));
    runs.push({ ...ran, redisCpuSeconds: bothUs(redis) / 1e6, mysqlCpuSeconds: bothUs(mysql) / 1e6 });
    say(`  ${claims} claims: ${ran.seconds.toFixed(1)} s, ${peaks(ran)}`);
  }
  const { longestMs, over } = await slow.end();

  const claimsBeside = Math.ceil(0.3 * claims);
  const beside = await fillRound(system, 'beside', claimsBeside);
  const exports: ExportRun[] = [];
  for (const [eventId, count] of [[beside, claimsBeside] as const, [large, claims] as const]) {
    const ran = await runCommand(system, ['claims', 'export', eventId]);
    exports.push({ claims: count, ...ran });
    say(`  ${count} claims exported: ${ran.seconds.toFixed(1)} s, ${peaks(ran)}`);
  }
  const windowSeconds = seconds ?? (quick ? 2 : 10);
  const calibratedPerSecond = await calibrate(system, windowSeconds);
  say(`  the machine accepts ${calibratedPerSecond.toFixed(0)} claims/s; each window asks for half of it`);
  const plan = { seconds: windowSeconds, perSecond: calibratedPerSecond / 2 };
  const pairs: WindowPair[] = [];
  for (let pair = 1; pair <= (quick ? 1 : 5); pair += 1) {
    const hold = (name: string, reconciled: string | null): Promise<SaleWindow> =>
      holdWindow(system, plan, `${name} ${pair}`, reconciled);
    // The order within pairs alternates, so that neither kind of window always comes second.
    const first = pair % 2 === 0 ? await hold('beside', beside) : await hold('alone', null);
    const second = pair % 2 === 0 ? await hold('alone', null) : await hold('beside', beside);
    const measured = pair % 2 === 0 ? { alone: second, beside: first } : { alone: first, beside: second };
    say(
      `  accepted/s ${measured.alone.acceptedPerSecond.toFixed(0)} alone, ${measured.beside.acceptedPerSecond.toFixed(0)} ` +
        `beside reconciles of ${measured.beside.reconciling?.compared} claims; p99 ${measured.alone.latency?.p99Ms.toFixed(0)} and ` +
        `${measured.beside.latency?.p99Ms.toFixed(0)} ms`,
    );
    pairs.push(measured);
  }
  const resetMs = await timeReset(system, large);
  say(`  a reset with ${claims} winners: ${resetMs.toFixed(0)} ms`);
  const measured = { claims, runs, resetMs, longestCommandMs: longestMs, commandsOver2Ms: over, exports, claimsBeside };
  const result = { ...measured, windowSeconds, calibratedPerSecond, pairs };
  return { ...result, targets: targetsOf(result) };
}

const peaks = ({ peakRssBytes, api }: CommandRun): string =>
  `${(peakRssBytes / 1e6).toFixed(0)} MB at most, the API ${(api.peakRssBytes / 1e6).toFixed(0)} MB`;

async function timeReset({ api, authSecret }: BenchSystem, eventId: string): Promise<number> {
  const token = createTokenMint(authSecret)({ sub: 'bench-admin', role: 'admin' }, 3_600_000, Date.now());
  const client = createApiClient(api.url, token);
  const { name } = await client.admin.event.get.query({ eventId });
  const sinceMs = monotonicMs();
  await client.admin.event.reset.mutate({ eventId, confirm: name });
  return monotonicMs() - sinceMs;
}

/** The accepted rate during a reconcile, as a share of the rate without one. */
export const shareOf = ({ alone, beside }: WindowPair): number => beside.acceptedPerSecond / alone.acceptedPerSecond;

function targetsOf({
  claims,
  runs,
  longestCommandMs,
  exports,
  resetMs,
  pairs,
}: Omit<ReconcileResult, 'targets'>): Target[] {
  const name = `${claims.toLocaleString('en')} claims`;
  const of = (valueOf: (run: LargeRun) => number): number => median(runs.map(valueOf));
  return [
    { name: `${name}, median`, unit: 's', value: of(({ seconds }) => seconds), target: 60, want: 'at most' },
    {
      name: `${name}, resident at most, API or command`,
      unit: 'MB',
      value: Math.max(...runs.flatMap(({ peakRssBytes, api }) => [peakRssBytes / 1e6, api.peakRssBytes / 1e6])),
      target: 300,
      want: 'at most',
    },
    {
      name: `${name} exported, resident at most, as a share of ${exports[0]?.claims.toLocaleString('en')}'s`,
      unit: '',
      value: (exports.at(-1)?.peakRssBytes ?? NaN) / (exports[0]?.peakRssBytes ?? NaN),
      target: 1.1,
      want: 'at most',
    },
    {
      name: `reset with ${claims.toLocaleString('en')} winners`,
      unit: 'ms',
      value: resetMs,
      target: 1_000,
      want: 'at most',
    },
    { name: 'longest command of Redis', unit: 'ms', value: longestCommandMs, target: 2, want: 'at most' },
    {
      name: 'accepted beside a reconcile, as a share of alone, median',
      unit: '',
      value: median(pairs.map(shareOf)),
      target: 0.9,
      want: 'at least',
    },
  ];
}

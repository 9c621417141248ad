import { lockStrategies } from '../../bench/locks/lock-strategies.ts';
import type { LocksResult } from '../../bench/locks/locks-bench.ts';
import { limitsTargets, type LimitsResult, type LimitsRun } from '../../bench/limits/limits-bench.ts';
import { lineTargets, type LineResult, type LineStep } from '../../bench/line/line-bench.ts';
import { latencyOf } from '../../bench/meters/latency.ts';
import type { ClosedLoop } from '../../bench/strategies/closed-loop.ts';
import { slowness } from '../../bench/pages/cold-start.ts';
import { pagesTargets, type PagesResult } from '../../bench/pages/pages-bench.ts';
import type { EntrantResult, EntrantRound } from '../../bench/strategies/entrant-result.ts';
import { listEntrants } from '../../bench/strategies/entrants.ts';
import { measureNoise } from '../../bench/strategies/noise.ts';
import type { StoryFigures } from '../../bench/strategies/story-figures.ts';
import type { StrategiesResult } from '../../bench/strategies/strategies-result.ts';
import { targetsOf } from '../../bench/strategies/targets.ts';
import {
  tracingTargets,
  type Sampling,
  type TracingResult,
  type TracingSlice,
} from '../../bench/tracing/tracing-bench.ts';
import type { Setting } from '../../bench/system/machine.ts';

/** Results in the form in which the bench stores them, with made-up figures. */

export const setting: Setting = {
  measuredAt: '2026-01-02T03:04:05.678Z',
  command: 'npm run bench',
  commit: 'c'.repeat(40),
  modified: false,
  machine: { cpu: 'A CPU', cores: 2, memoryGiB: 4, kernel: '6.1' },
  versions: { node: '24.0.0', redis: '7.0.15', mysql: '8.4.0', wrk: 'wrk 4.1.0 [epoll]' },
  durability: {
    appendonly: 'yes',
    appendfsync: 'always',
    maxmemoryPolicy: 'noeviction',
    innodbFlushLogAtTrxCommit: '1',
  },
};

export function pagesResult(): PagesResult {
  const coldStarts = [800, 1_200, 900].map((usableMs) => ({
    ...{ usableMs, firstPaintMs: usableMs - 200, codeMs: 60, layoutShift: 0, bytes: 98_000 },
  }));
  const costs = (['bare', 'full'] as const).map((event) => ({
    ...{ event, seconds: 10, answers: 25_000, failures: 0, bytes: 900, cpuUs: 2_000_000 },
  }));
  return { loadAverage: 0.4, slowness, coldStarts, pages: 5_000, costs, targets: pagesTargets(coldStarts, costs) };
}

export function limitsResult(): LimitsResult {
  const run = (limits: 'on' | 'off', attacked: boolean, p99Ms: number): LimitsRun => ({
    limits,
    attacker: attacked ? { calls: 10_000, limited: limits === 'on' ? 9_900 : 0, answered: 100, failed: 0 } : null,
    latency: latencyOf([1, p99Ms]),
    undecided: 0,
    apiCpuShare: 0.2,
  });
  const runs = [run('on', false, 4), run('on', true, 5), run('off', false, 4), run('off', true, 80)];
  return { users: 2_000, seconds: 8, attackerConnections: 200, runs, targets: limitsTargets(runs) };
}

export function lineResult(): LineResult {
  const step = (name: LineStep['name'], calls: number): LineStep => ({
    ...{ name, calls, failed: 0, seconds: calls / 2_000, latency: latencyOf([1, 30]) },
    cpuUs: { api: 300, worker: 0, redis: 20, mysql: 0 },
  });
  const result = {
    ...{ people: 100_000, stock: 1_000, connections: 64, admissionMs: 40, bytesPerPerson: 130.4 },
    ...{ steps: [step('join', 100_000), step('serving', 50_000)], issued: 1_000, issuedWithoutPass: 0, overtaken: 0 },
  };
  return { ...result, targets: lineTargets(result) };
}

export function tracingResult(): TracingResult {
  const slice = (sampling: Sampling, acceptedPerSecond: number): TracingSlice => ({
    ...{ sampling, acceptedPerSecond, persistedPerSecond: 10_000, p50Ms: 4, p99Ms: 9 },
    ...{ apiCpuUsPerClaim: 50, workerCpuUsPerClaim: 20, spansPerClaim: sampling === 'off' ? 0 : 0.06 },
  });
  const round = [
    slice('off', 10_100),
    slice('1%', 9_950),
    slice('100%', 5_000),
    slice('1%', 9_850),
    slice('off', 9_900),
  ];
  return { seconds: 4, rounds: [round, round], targets: tracingTargets([round, round]) };
}

const closedLoop = (perSecond: number): ClosedLoop => ({
  tookMs: 5_000,
  calls: 5 * perSecond,
  perSecond,
  maximumTps: perSecond + 10,
  latency: latencyOf([64_000 / perSecond, 128_000 / perSecond]),
  busy: 0,
  failures: 0,
  failRate: 0,
  outcomes: { issued: 5 * perSecond },
});

export const storyFigures = (scale: number): StoryFigures => ({
  users: 10_000,
  stock: 1_000,
  calls: 11_000,
  issued: 1_000,
  persisted: 1_000,
  averageTps: 3_000,
  maximumTps: 6_000,
  soldOutAfterMs: 10 * scale,
  allDecidedAfterMs: 3_000,
  busy: 4,
  failures: 0,
  undecidedUsers: 0,
  failRate: 4 / 11_000,
  latency: {
    winners: latencyOf([scale, 3 * scale]),
    refusedBefore: null,
    refusedAfter: latencyOf([scale / 2, scale]),
    busy: latencyOf([1_000]),
    decided: latencyOf([scale / 2, 3 * scale]),
  },
  untilDecided: latencyOf([scale, 4 * scale]),
  lateness: latencyOf([0, 1]),
  connectionWait: latencyOf([0, 0]),
  toTheFirst: 0.99,
  cpuMs: { api: 900, worker: 100, redis: 50, mysql: 70 },
  mysqlQueriesPerCall: 0,
  redisCommandsPerCall: 2,
});

/** A round that accepts and refuses claims at these rates. */
export function entrantRound(acceptedPerSecond: number, refusedPerSecond: number): EntrantRound {
  const cpu = { api: 50, worker: 10, redis: 12, mysql: 16 };
  return {
    story: storyFigures(20_000 / acceptedPerSecond),
    curve: Array.from({ length: 100 }, (_, i) => (i * 20_000) / acceptedPerSecond),
    proof: [{ promise: 'exact', verdict: 'held', found: [] }],
    winners: {
      ...closedLoop(acceptedPerSecond),
      persisted: 5 * acceptedPerSecond,
      persistedPerSecond: acceptedPerSecond,
      drainMs: 100,
      cpuUsPerClaim: cpu,
      cpuUsPerClaimTotal: 88,
      mysqlQueriesPerClaim: { api: 0, worker: 0.01 },
      redisCommandsPerClaim: 1.5,
    },
    refusals: {
      ...closedLoop(refusedPerSecond),
      cpuUsPerRefusal: cpu,
      cpuUsPerRefusalTotal: 88,
      mysqlQueries: 0,
      mysqlQueriesPerRefusal: 0,
      redisCommandsPerRefusal: 0.2,
    },
  };
}

/** All strategies, each faster than the one before, and a control that broke a promise. */
export function strategiesResult(): StrategiesResult {
  const entrants = listEntrants().map((entrant, i): EntrantResult => {
    const rounds = [1, 2, 3].map((round) => entrantRound(500 * (i + 1) + 10 * round, 700 * (i + 1) + 10 * round));
    if (entrant.strategy === 'unsafe')
      for (const { proof } of rounds) proof.push({ promise: 'exact', verdict: 'broken', found: ['over_stock (7)'] });
    return { ...entrant, withheld: [], rounds };
  });
  const noise = measureNoise(entrants);
  return { users: 10_000, stock: 1_000, seconds: 5, entrants, noise, targets: targetsOf(entrants, noise) };
}

export function locksResult(): LocksResult {
  const { winners } = entrantRound(700, 900);
  return {
    contentionSeconds: 2,
    contentionRounds: 2,
    contention: lockStrategies.flatMap((strategy, i) =>
      [1, 3].map((processes) => ({ strategy, processes, winners, story: storyFigures(10 * (i + 1)), withheld: [] })),
    ),
    waits: [100, 1_000].map((waitMs) => ({ strategy: 'db-lock', waitMs, story: storyFigures(waitMs), withheld: [] })),
    standstills: [
      {
        strategy: 'redis-lock',
        leaseMs: 300,
        holder: 'killed',
        stoppedForMs: null,
        stoodStillMs: [290.4, 301.2],
        withheld: [],
      },
      {
        strategy: 'db-lock',
        leaseMs: null,
        holder: 'stopped',
        stoppedForMs: 2_500,
        stoodStillMs: [2_510, 2_530],
        withheld: [],
      },
    ],
    targets: [],
  };
}

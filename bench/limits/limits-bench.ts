import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { claimRequest, readOutcome } from '../../proof/flash-sale/claim-call.ts';
import { createHttpPool } from '../../proof/flash-sale/http-pool.ts';
import { bothUs } from '../meters/cpu-times.ts';
import { cpuSpent, readCpuTime } from '../meters/cpu-time.ts';
import { latencyOf, type Latency } from '../meters/latency.ts';
import { median, type Target } from '../results/target.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { attackerConnections, type AttackerOrders, type AttackerResult } from './attacker-thread.ts';

/** How honest users were served: with or without an attacker, and with the limits on or off. */
export type LimitsRun = {
  limits: 'on' | 'off';
  attacker: AttackerResult | null;
  /** The time from a user's first call to the decision, including retries. */
  latency: Latency;
  undecided: number;
  apiCpuShare: number;
};

export type LimitsResult = {
  users: number;
  seconds: number;
  attackerConnections: number;
  runs: LimitsRun[];
  targets: Target[];
};

/** How long the attacker has been calling when the first honest user calls. */
const aheadMs = 2_000;
const callTimeoutMs = 10_000;
const retryMs = 200;
const decidedWithinMs = 20_000;

/**
 * Serves 2,000 users, each of whom claims once: with and without an attacker, who claims on 200 connections with one
 * token.
 */
export async function benchLimits(
  system: BenchSystem,
  { quick }: { quick: boolean },
  say: (line: string) => void,
): Promise<LimitsResult> {
  const users = quick ? 400 : 2_000;
  const seconds = quick ? 3 : 8;
  const on = await system.startApi('limits-on', 'api/main.ts', { env: { LIMITS: 'on' } });
  const off = await system.startApi('limits-off', 'api/main.ts');
  const order: [BenchApi, LimitsRun['limits'], boolean][] = [
    [on, 'on', false],
    [on, 'on', true],
  ];
  if (!quick) order.push([on, 'on', true], [on, 'on', false], [on, 'on', false], [on, 'on', true]);
  order.push([off, 'off', false], [off, 'off', true]);
  const runs: LimitsRun[] = [];
  for (const [at, [api, limits, attacked]] of order.entries()) {
    const run = await serve(system, api, { name: `limits-${at}`, limits, attacked, users, seconds });
    const { latency, attacker, undecided } = run;
    const beside = attacker === null ? 'alone' : `beside ${attacker.calls} calls, ${attacker.limited} limited`;
    say(`  limits ${limits}, ${beside}: p99 ${latency?.p99Ms.toFixed(1)} ms, ${undecided} undecided`);
    runs.push(run);
  }
  return { users, seconds, attackerConnections, runs, targets: limitsTargets(runs) };
}

type Serving = { name: string; limits: LimitsRun['limits']; attacked: boolean; users: number; seconds: number };

async function serve(system: BenchSystem, api: BenchApi, serving: Serving): Promise<LimitsRun> {
  const { name, limits, attacked, users, seconds } = serving;
  const event = await system.createEvent({ name, stock: 2 * users });
  const { hostname: host, port: portText } = new URL(api.url);
  const target = { host, port: Number(portText) };
  const mint = createTokenMint(system.authSecret);
  const tokenOf = (user: string): string => mint({ sub: user }, 3_600_000, Date.now());
  const ms = seconds * 1_000;
  const orders = { ...target, eventId: event.id, token: tokenOf(`${name}-attacker`), ms: aheadMs + ms };
  const attack = attacked ? startAttack(orders) : null;
  const requests = Array.from({ length: users }, (_, at) => claimRequest(target, event.id, tokenOf(`${name}-${at}`)));
  const pool = createHttpPool({ ...target, connectionsMax: 400, timeoutMs: callTimeoutMs });
  try {
    await sleep(aheadMs);
    const before = readCpuTime(api.process.pid);
    const tookMs = await Promise.all(requests.map((request, at) => claimOnce(pool, request, (ms * at) / users)));
    const cpuUs = bothUs(cpuSpent(before, readCpuTime(api.process.pid)));
    const decided = tookMs.filter((took) => took !== null);
    const attacker = attack === null ? null : await attack;
    const undecided = users - decided.length;
    return { limits, attacker, latency: latencyOf(decided), undecided, apiCpuShare: cpuUs / (ms * 1_000) };
  } finally {
    pool.close();
    await system.closeEvent(event.id);
  }
}

async function startAttack(orders: AttackerOrders): Promise<AttackerResult> {
  const thread = new Worker(new URL('./attacker-thread.ts', import.meta.url), { workerData: orders });
  const [result] = (await once(thread, 'message')) as [AttackerResult];
  return result;
}

/**
 * Repeats a user's claim until there is a decision. Resolves to the time that this took; null if no decision came in
 * time.
 */
async function claimOnce(
  pool: ReturnType<typeof createHttpPool>,
  request: string,
  afterMs: number,
): Promise<number | null> {
  await sleep(afterMs);
  const first = await pool.call(request);
  let last = first;
  while (!isDecided(readOutcome(last.reply).status)) {
    if (last.receivedAtMs - first.sentAtMs > decidedWithinMs) return null;
    await sleep(retryMs);
    last = await pool.call(request);
  }
  return last.receivedAtMs - first.sentAtMs;
}

const isDecided = (status: string): boolean => status === 'issued' || status === 'sold_out';

/** The median of the runs' p99, in ms. */
export const p99Of = (runs: readonly LimitsRun[], limits: LimitsRun['limits'], attacked: boolean): number =>
  median(
    runs
      .filter((run) => run.limits === limits && (run.attacker !== null) === attacked)
      .map(({ latency }) => latency?.p99Ms ?? NaN),
  );

export function limitsTargets(runs: readonly LimitsRun[]): Target[] {
  const guarded = runs.filter(({ limits }) => limits === 'on');
  const attacks = guarded.flatMap(({ attacker }) => (attacker === null ? [] : [attacker]));
  const unlimited = attacks.map(({ calls, limited }) => (calls - limited) / Math.max(1, calls));
  const ratio = p99Of(runs, 'on', true) / p99Of(runs, 'on', false);
  return [
    { name: "honest users' p99, attacked to alone", unit: '', value: ratio, target: 1.5, want: 'at most' },
    {
      ...{ name: 'honest users without a decision', unit: '', target: 0, want: 'at most' },
      value: guarded.reduce((sum, { undecided }) => sum + undecided, 0),
    },
    {
      ...{ name: "share of the attacker's calls that pass", unit: '', target: 0.1, want: 'at most' },
      value: median(unlimited),
    },
  ];
}

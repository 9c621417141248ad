import { join } from 'node:path';
import type { ClaimResult } from '../../api/submit-claim.ts';
import { awaitPersisted } from '../../proof/flash-sale/await-persisted.ts';
import { monotonicMs } from '../../proof/flash-sale/monotonic.ts';
import { awaitLastOutcomes } from '../meters/await-idle.ts';
import { busiestSecond } from '../meters/busiest-second.ts';
import { readClaimOutcomes, type ClaimOutcomes } from '../meters/claim-outcomes.ts';
import type { CostMeter, Costs } from '../meters/costs.ts';
import { difference } from '../meters/difference.ts';
import { latencyOfWrk, type Latency } from '../meters/latency.ts';
import type { BenchApi, BenchSystem } from '../system/bench-system.ts';
import { writeRequestFile } from '../wrk/request-file.ts';
import { runWrk } from '../wrk/wrk.ts';

/** The figures of `wrk -t1 -c64`: 64 callers who each call again as soon as they have an answer. */
export type ClosedLoop = {
  tookMs: number;
  /** The total number of answers. */
  calls: number;
  /** Answers per second that have a wanted outcome. */
  perSecond: number;
  /** Calls in the busiest second. */
  maximumTps: number;
  /** The latency of all answers, including "busy". */
  latency: Latency;
  /** The number of answers with status 429. */
  busy: number;
  /** The number of other answers without an outcome, and of cut connections. */
  failures: number;
  failRate: number;
  /**
   * The outcomes that the API counted. The API counts slightly more outcomes than the load gets answers, because the
   * end of the load cuts off some calls.
   */
  outcomes: ClaimOutcomes;
};

/** A finished load and its cost. */
export type EndedLoop = {
  loop: ClosedLoop;
  /** The time from the end of the load until MySQL had every accepted claim. */
  drainMs: number;
  /** The cost from the start to the end of the load. */
  costs: Costs;
  /** Returns the cost from the start of the load until now. */
  costsSoFar: () => Promise<Costs>;
};

export type LoopPlan = {
  name: string;
  event: { id: string; round: number };
  seconds: number;
  /** The beginning of the user ids (`<crowd>-000000000`, ...). It is the same for every entrant. */
  crowd: string;
  users: number;
  /** Whether to start again with the first user after the last one. If false, running out of users is an error. */
  loop?: boolean;
  /** The outcomes that answers may have, besides "busy". Any other outcome makes the load's figures worthless. */
  wanted: ClaimResult[];
};

/**
 * Sends claims. Each connection sends its next claim as soon as it has an answer. Throws if an answer has an outcome
 * that is not wanted.
 */
export async function runClosedLoop(
  system: BenchSystem,
  api: BenchApi,
  meter: CostMeter,
  plan: LoopPlan,
): Promise<EndedLoop> {
  const { name, event, crowd, seconds, loop = false } = plan;
  const path = join(system.dir, `${name.replaceAll(/\W/g, '-')}.requests`);
  const { authSecret } = system;
  const requests = await writeRequestFile({ path, count: plan.users, crowd, eventId: event.id, authSecret });
  try {
    const before = await readClaimOutcomes(api.url);
    const costsSoFar = await meter.start();
    const wrk = await runWrk(api.url, { seconds, requests, loop });
    const endedMs = monotonicMs();
    const costs = await costsSoFar();
    const [drained, lastOutcomeAtMs] = await Promise.all([
      awaitPersisted(system.redis, event.id, event.round, new AbortController().signal),
      awaitLastOutcomes(api),
    ]);
    const outcomes = difference(before, await readClaimOutcomes(api.url));
    if (wrk.exhausted) throw new Error(`${name}: ${plan.users} users were too few for ${seconds} s`);
    if (drained.kind === 'stuck')
      throw new Error(`${name}: the outbox does not drain; ${drained.left} entries are left`);
    checkOutcomes(plan, outcomes);
    const busy = Math.min(outcomes['busy'] ?? 0, wrk.errorReplies);
    const failures = wrk.errorReplies - busy + wrk.socketErrors;
    const figures = {
      tookMs: wrk.durationUs / 1_000,
      calls: wrk.requests,
      perSecond: (wrk.requests - wrk.errorReplies) / (wrk.durationUs / 1e6),
      maximumTps: busiestSecond(wrk.tenths),
      latency: latencyOfWrk(wrk),
      busy,
      failures,
      failRate: (busy + failures) / Math.max(wrk.requests, 1),
      outcomes,
    };
    return { loop: figures, drainMs: Math.max(drained.atMs, lastOutcomeAtMs) - endedMs, costs, costsSoFar };
  } finally {
    await requests.remove();
  }
}

const undecided: readonly string[] = ['busy', 'unavailable', 'overloaded'] satisfies ClaimResult[];

function checkOutcomes({ name, wanted }: LoopPlan, outcomes: ClaimOutcomes): void {
  const others = Object.entries(outcomes).filter(
    ([outcome]) => !undecided.includes(outcome) && !wanted.some((name) => name === outcome),
  );
  if (others.length === 0) return;
  throw new Error(`${name}: ${others.map(([outcome, count]) => `${count} answers were "${outcome}"`).join(', ')}`);
}

import type { CrowdAnswer } from '../../proof/flash-sale/crowd-answer.ts';
import { busiestSecond } from '../meters/busiest-second.ts';
import type { Costs } from '../meters/costs.ts';
import { bothUs, mapProcesses, type ProcessName } from '../meters/cpu-times.ts';
import { latencyOf, type Latency } from '../meters/latency.ts';
import type { Story, StoryPlan } from './hold-story.ts';

/** The figures of a sale with a planned crowd. Latencies count from the time when a call was due. */
export type StoryFigures = {
  users: number;
  stock: number;
  calls: number;
  issued: number;
  persisted: number;
  /** Answers with an outcome (issued, replayed, refused) per second, from the opening to the last of them. */
  averageTps: number;
  /** Answers with an outcome in the busiest second. */
  maximumTps: number;
  /**
   * When the last coupon was issued, in ms after the opening, by the deciding store's clock. Null if coupons were left.
   */
  soldOutAfterMs: number | null;
  /** When the last user got an outcome, in ms after the opening. */
  allDecidedAfterMs: number;
  /** The number of "busy" answers, after which users call again. */
  busy: number;
  /** The number of other calls without an outcome: 503, cut connections, no answer. */
  failures: number;
  /** The number of users who never got an outcome. */
  undecidedUsers: number;
  /** "Busy" answers and failures, as a share of all calls. */
  failRate: number;
  latency: { winners: Latency; refusedBefore: Latency; refusedAfter: Latency; busy: Latency; decided: Latency };
  /** The time from a user's first click (or from the opening, if that was later) until the user got an outcome. */
  untilDecided: Latency;
  /** How late calls started, compared with the crowd's plan. The latencies include this delay of the load generator. */
  lateness: Latency;
  /** How long calls waited for a free connection. The latencies include this wait. */
  connectionWait: Latency;
  /** The share of the coupons that the first `stock` users got. 1 means that the order was perfect. */
  toTheFirst: number;
  cpuMs: Record<ProcessName, number>;
  mysqlQueriesPerCall: number | null;
  redisCommandsPerCall: number;
};

/** When each hundredth of the coupons was issued, in ms after the opening, by the deciding store's clock. */
export type SaleCurve = number[];

const isDecided = ({ outcome: { status } }: CrowdAnswer): boolean =>
  status === 'issued' || status === 'sold_out' || status === 'closed' || status === 'paused';

export function measureStory(story: Story, { users, stock }: StoryPlan): StoryFigures {
  const { answers, opensAtMs, costs } = story;
  const decided = answers.filter(isDecided);
  const lastDecidedMs = decided.reduce((last, { receivedAtMs }) => Math.max(last, receivedAtMs), opensAtMs);
  const allDecidedAfterMs = lastDecidedMs - opensAtMs;
  const [won, refused] = [decided.filter(isNewWin), decided.filter(({ outcome }) => outcome.status === 'sold_out')];
  const soldOutAtMs = story.claimedAtMs.length >= stock ? Math.max(...story.claimedAtMs) : null;
  const isAfter = ({ dueAtMs }: CrowdAnswer): boolean => soldOutAtMs !== null && dueAtMs > soldOutAtMs;
  const times = (group: CrowdAnswer[]): Latency =>
    // A timer may fire a fraction of a millisecond early.
    latencyOf(group.map(({ dueAtMs, askedAtMs, receivedAtMs }) => receivedAtMs - Math.min(dueAtMs, askedAtMs)));
  const busy = answers.filter(({ outcome }) => outcome.status === 'busy');
  const failures = answers.filter(({ outcome: { status } }) => status === 'unknown' || status === 'rejected').length;
  const outcomes = firstOutcomes(story);
  return {
    users,
    stock,
    calls: answers.length,
    issued: story.issued,
    persisted: story.persisted,
    averageTps: decided.length / (allDecidedAfterMs / 1_000),
    maximumTps: busiestSecond(tenthsAfter(opensAtMs, decided)),
    soldOutAfterMs: soldOutAtMs === null ? null : soldOutAtMs - opensAtMs,
    allDecidedAfterMs,
    busy: busy.length,
    failures,
    undecidedUsers: users - outcomes.size,
    failRate: (busy.length + failures) / answers.length,
    latency: {
      winners: times(won),
      refusedBefore: times(refused.filter((answer) => !isAfter(answer))),
      refusedAfter: times(refused.filter(isAfter)),
      busy: times(busy),
      decided: times(decided),
    },
    untilDecided: latencyOf([...outcomes.values()]),
    lateness: latencyOf(answers.map(({ dueAtMs, askedAtMs }) => Math.max(askedAtMs - dueAtMs, 0))),
    connectionWait: latencyOf(answers.map(({ askedAtMs, sentAtMs }) => sentAtMs - askedAtMs)),
    toTheFirst: shareOfTheFirst(story, stock),
    cpuMs: mapProcesses((name) => bothUs(costs.cpu[name]) / 1_000),
    mysqlQueriesPerCall: costs.mysqlQueries === null ? null : costs.mysqlQueries.api / answers.length,
    redisCommandsPerCall: commandsOf(costs) / answers.length,
  };
}

export function saleCurve({ claimedAtMs, opensAtMs }: Pick<Story, 'claimedAtMs' | 'opensAtMs'>): SaleCurve {
  const sorted = claimedAtMs.toSorted((a, b) => a - b);
  if (sorted.length === 0) return [];
  return Array.from({ length: 100 }, (_, i) => {
    const atMs = sorted[Math.ceil(((i + 1) / 100) * sorted.length) - 1] ?? NaN;
    return atMs - opensAtMs;
  });
}

export const commandsOf = ({ redisCommands }: Costs): number =>
  Object.values(redisCommands).reduce((sum, count) => sum + count, 0);

const isNewWin = ({ outcome }: CrowdAnswer): boolean => outcome.status === 'issued' && !outcome.replayed;

function tenthsAfter(opensAtMs: number, answers: CrowdAnswer[]): number[] {
  const tenths: number[] = [];
  for (const { receivedAtMs } of answers) {
    const tenth = Math.max(Math.floor((receivedAtMs - opensAtMs) / 100), 0);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  return Array.from(tenths, (count: number | undefined) => count ?? 0);
}

/**
 * Returns how long each user waited for an outcome. The wait begins at the opening, or at the click if that was later.
 */
function firstOutcomes({ answers, opensAtMs }: Story): Map<string, number> {
  const clickedAtMs = new Map<string, number>();
  for (const { userId, dueAtMs } of answers) {
    clickedAtMs.set(userId, Math.min(clickedAtMs.get(userId) ?? Infinity, Math.max(dueAtMs, opensAtMs)));
  }
  const waitedMs = new Map<string, number>();
  for (const answer of answers) {
    if (!isDecided(answer)) continue;
    const took = answer.receivedAtMs - (clickedAtMs.get(answer.userId) ?? NaN);
    waitedMs.set(answer.userId, Math.min(waitedMs.get(answer.userId) ?? Infinity, took));
  }
  return waitedMs;
}

/** Ranks the users by their first call whose answer was not "not open yet". */
function shareOfTheFirst({ answers, holders }: Story, stock: number): number {
  const askedAtMs = new Map<string, number>();
  for (const { userId, sentAtMs, outcome } of answers) {
    if (outcome.status === 'not_open') continue;
    askedAtMs.set(userId, Math.min(askedAtMs.get(userId) ?? Infinity, sentAtMs));
  }
  const inOrder = [...askedAtMs].sort(([, a], [, b]) => a - b).map(([userId]) => userId);
  const first = new Set(inOrder.slice(0, stock));
  return holders.filter((userId) => first.has(userId)).length / Math.min(stock, holders.length);
}

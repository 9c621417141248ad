import type { CrowdAnswer } from './crowd-answer.ts';

export type Spread = { count: number; p50Ms: number; p99Ms: number; maxMs: number };

/**
 * Answers of one kind. Calls that were due before the last coupon was issued are counted separately from later calls.
 */
export type Figure = {
  kind: 'accepted' | 'replayed' | 'sold_out' | 'not_open' | 'busy' | 'unknown' | 'other';
  soldOut: 'before' | 'after';
  /** The rate from the first of these answers to the last. */
  perSecond: number;
  /** The time from when a call was due to its answer. */
  latency: Spread;
};

export type Figures = {
  /** The time of the first claim minus the opening, by the deciding store's clock. Null without claims. */
  openingErrorMs: number | null;
  /** The time from the opening to the first "issued" that a client received, by the clients' clock. */
  firstToldAfterMs: number | null;
  /** The time from the opening to the last coupon. Null if coupons were left. */
  soldOutAfterMs: number | null;
  /** The rate from the opening to the last of these answers. */
  acceptedPerSecond: number;
  refusedPerSecond: number;
  answers: Figure[];
  calls: number;
  /** How late the crowd's calls were, compared with its plan. */
  lateness: Spread;
  /** How long calls waited for a connection. */
  connectionWait: Spread;
};

/** Measures the sale as the clients saw it. `claimedAtMs` has the deciding store's times of the claims. */
export function measureSale(
  sale: { opensAtMs: number; stock: number; claimedAtMs: number[] },
  answers: CrowdAnswer[],
): Figures {
  const { opensAtMs, stock } = sale;
  const claimedAtMs = sale.claimedAtMs.toSorted((a, b) => a - b);
  const [firstAtMs, lastAtMs] = [claimedAtMs.at(0), claimedAtMs.at(-1)];
  const soldOutAtMs = claimedAtMs.length >= stock && lastAtMs !== undefined ? lastAtMs : null;
  const accepted = answers.filter((answer) => kindOf(answer) === 'accepted');
  const refused = answers.filter((answer) => kindOf(answer) === 'sold_out');
  const groups = Map.groupBy(answers, (answer) => {
    const after = soldOutAtMs !== null && answer.dueAtMs > soldOutAtMs;
    return `${kindOf(answer)}/${after ? 'after' : 'before'}`;
  });
  return {
    openingErrorMs: firstAtMs === undefined ? null : firstAtMs - opensAtMs,
    firstToldAfterMs: accepted.length === 0 ? null : least(accepted.map((answer) => answer.receivedAtMs)) - opensAtMs,
    soldOutAfterMs: soldOutAtMs === null ? null : soldOutAtMs - opensAtMs,
    acceptedPerSecond: perSecond(accepted, opensAtMs),
    refusedPerSecond: perSecond(refused, soldOutAtMs ?? opensAtMs),
    answers: order.flatMap((kind) =>
      (['before', 'after'] as const).flatMap((soldOut) => {
        const group = groups.get(`${kind}/${soldOut}`);
        if (group === undefined) return [];
        const startMs = least(group.map((answer) => answer.receivedAtMs));
        const latency = spread(group.map((answer) => answer.receivedAtMs - answer.dueAtMs));
        return [{ kind, soldOut, perSecond: perSecond(group, startMs), latency }];
      }),
    ),
    calls: answers.length,
    lateness: spread(answers.map((answer) => answer.askedAtMs - answer.dueAtMs)),
    connectionWait: spread(answers.map((answer) => answer.sentAtMs - answer.askedAtMs)),
  };
}

const order = ['accepted', 'sold_out', 'replayed', 'not_open', 'busy', 'unknown', 'other'] as const;

function kindOf({ outcome }: CrowdAnswer): Figure['kind'] {
  switch (outcome.status) {
    case 'issued':
      return outcome.replayed ? 'replayed' : 'accepted';
    case 'sold_out':
    case 'not_open':
    case 'busy':
    case 'unknown':
      return outcome.status;
    case 'paused':
    case 'closed':
    case 'not_admitted':
    case 'rejected':
      return 'other';
  }
}

/** Returns percentiles by nearest rank, all 0 if there are no values. */
export function spread(values: number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0;
  return { count: sorted.length, p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1) };
}

function perSecond(answers: CrowdAnswer[], fromMs: number): number {
  const tookMs = -least(answers.map((answer) => -answer.receivedAtMs)) - fromMs;
  return answers.length === 0 || tookMs <= 0 ? 0 : answers.length / (tookMs / 1_000);
}

const least = (values: number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

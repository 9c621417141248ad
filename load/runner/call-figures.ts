import type { AnswerOutcome } from '../../proof/checker/answer.ts';
import { spread, type Spread } from '../../proof/flash-sale/figures.ts';
import type { LoadAnswer } from './answers.ts';

/** What came of the calls of a span of time. */
export type CallFigures = {
  /** Users who came, and calls with their second clicks. */
  arrivals: number;
  calls: number;
  issued: number;
  /** Answered as before, as is right. */
  replayed: number;
  /** Sold out, not open, paused, closed: answers as good as a coupon. */
  refused: number;
  /** 429: a wait that ended undecided. */
  busy: number;
  /** 503. */
  unavailable: number;
  /** No answer, or one that should never be. */
  failed: number;
  /** The first few reasons of those. */
  failures: string[];
  /** Of all calls, until the answer or until it was given up; with Artillery's own part. */
  latency: Spread;
};

export type CallKind = 'issued' | 'replayed' | 'refused' | 'busy' | 'unavailable' | 'failed';

const examplesMax = 3;

/** Counts and times the answers to the calls that were sent in `from <= t < to`. */
export function measureCalls(answers: LoadAnswer[], fromMs = -Infinity, toMs = Infinity): CallFigures {
  const counts = { issued: 0, replayed: 0, refused: 0, busy: 0, unavailable: 0, failed: 0 };
  const failures = new Set<string>();
  const latencies: number[] = [];
  let arrivals = 0;
  for (const { click, sentAtMs, receivedAtMs, outcome } of answers) {
    if (sentAtMs < fromMs || sentAtMs >= toMs) continue;
    const kind = kindOf(outcome);
    counts[kind] += 1;
    if (kind === 'failed' && 'reason' in outcome && failures.size < examplesMax) failures.add(outcome.reason);
    if (click === 1) arrivals += 1;
    latencies.push(receivedAtMs - sentAtMs);
  }
  return { arrivals, calls: latencies.length, ...counts, failures: [...failures], latency: spread(latencies) };
}

function kindOf(outcome: AnswerOutcome): CallKind {
  switch (outcome.status) {
    case 'issued':
      return outcome.replayed ? 'replayed' : 'issued';
    case 'sold_out':
    case 'not_open':
    case 'paused':
    case 'closed':
      return 'refused';
    case 'busy':
      return 'busy';
    case 'unknown':
      return outcome.reason.startsWith('HTTP 503') ? 'unavailable' : 'failed';
    case 'rejected':
      return 'failed';
  }
}

import type { AnswerOutcome } from '../../proof/checker/answer.ts';
import { spread, type Spread } from '../../proof/flash-sale/figures.ts';
import type { LoadAnswer } from './answers.ts';

/** Outcomes and durations of the calls that were sent in a span of time. */
export type CallFigures = {
  /** `arrivals` counts users; `calls` also counts second clicks. */
  arrivals: number;
  calls: number;
  issued: number;
  /** Calls of users who already have a claim, and correctly got the same claim again. */
  replayed: number;
  /** The answers "sold out", "not open", "paused" and "closed". They count as good answers, as a coupon does. */
  refused: number;
  /** 429 answers: the claim waited too long for its turn and was not decided. */
  busy: number;
  /** Answers 503. */
  unavailable: number;
  /** Calls without an answer, or with an answer that should never occur. */
  failed: number;
  /** Some of the distinct reasons why calls failed. */
  failures: string[];
  /** The time from a call to its answer, or until the caller gave up. This time includes Artillery's own delays. */
  latency: Spread;
};

export type CallKind = 'issued' | 'replayed' | 'refused' | 'busy' | 'unavailable' | 'failed';

const examplesMax = 3;

/** Counts and times the calls that were sent in `fromMs <= t < toMs`. */
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

import type { ClaimOutcome } from '../claim.ts';

/**
 * One call of `claim.submit` as its client saw it. Times are read from one monotonic clock and told in the server's
 * time, in ms with fractions.
 */
export type Answer = { userId: string; sentAtMs: number; receivedAtMs: number; outcome: AnswerOutcome };

export type AnswerOutcome =
  | ClaimOutcome
  /** 429, 5xx, a cut connection, silence: the claim may exist. */
  | { status: 'unknown'; reason: string }
  /** Any other answer: the call was wrong, or the server is. */
  | { status: 'rejected'; reason: string };

import type { ClaimOutcome } from '../../core/claims/claim.ts';

/**
 * One call of `claim.submit` as its client saw it. Times come from one monotonic clock, converted to the server's time,
 * in ms with fractions.
 */
export type Answer = { userId: string; sentAtMs: number; receivedAtMs: number; outcome: AnswerOutcome };

export type AnswerOutcome =
  | ClaimOutcome
  /** 5xx, a cut connection or no answer: the claim may exist. */
  | { status: 'unknown'; reason: string }
  /** 429: the wait ended undecided. The claim may exist, if an earlier call went unanswered. */
  | { status: 'busy' }
  /** Any other answer: a fault of the call or of the server. */
  | { status: 'rejected'; reason: string };

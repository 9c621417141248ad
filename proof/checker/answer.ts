import type { ClaimOutcome } from '../../core/claims/claim.ts';

/**
 * One call of `claim.submit` as its client saw it. Times are read from one monotonic clock and told in the server's
 * time, in ms with fractions.
 */
export type Answer = { userId: string; sentAtMs: number; receivedAtMs: number; outcome: AnswerOutcome };

export type AnswerOutcome =
  | ClaimOutcome
  /** 5xx, a cut connection, silence: the claim may exist. */
  | { status: 'unknown'; reason: string }
  /** 429: a wait that ended undecided. The claim may exist, as after an earlier call without an answer. */
  | { status: 'busy' }
  /** Any other answer: the call was wrong, or the server is. */
  | { status: 'rejected'; reason: string };

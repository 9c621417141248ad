import type { ClaimOutcome } from '../../core/claims/claim.ts';

/**
 * One call of `claim.submit` as its client saw it. The times are in the server's time, in ms with fractions, converted
 * from one monotonic clock.
 */
export type Answer = { userId: string; sentAtMs: number; receivedAtMs: number; outcome: AnswerOutcome };

export type AnswerOutcome =
  | ClaimOutcome
  /** 5xx, a cut connection or no answer. The claim may exist. */
  | { status: 'unknown'; reason: string }
  /** 429: this call decided nothing. The claim may still exist, from an earlier call without an answer. */
  | { status: 'busy' }
  /** Any other answer: a fault of the call or of the server. */
  | { status: 'rejected'; reason: string };

import type { ClaimOutcome } from '../../core/claims/claim.ts';

/**
 * One call of `claim.submit` as its client observed it. The times are in ms with fractions, by the server's clock,
 * converted from one monotonic clock.
 */
export type Answer = { userId: string; sentAtMs: number; receivedAtMs: number; outcome: AnswerOutcome };

export type AnswerOutcome =
  | ClaimOutcome
  /** A 5xx, a cut connection or no answer. The claim may exist. */
  | { status: 'unknown'; reason: string }
  /** A 429: this call decided nothing. The claim may still exist, from an earlier call without an answer. */
  | { status: 'busy' }
  /** Any other answer: the call or the server is at fault. */
  | { status: 'rejected'; reason: string };

import type { ClaimOutcome, HeldClaim } from '../claim.ts';

/**
 * A way to decide the claims of an event. All strategies answer the same contract with the same exactness.
 * A refusal is an outcome; what can't be decided throws a `Fault`, and the same call again is right.
 */
export type ClaimStrategy = {
  claim(eventId: string, userId: string): Promise<ClaimOutcome>;
  /** The user's claim of the current round. */
  find(eventId: string, userId: string): Promise<HeldClaim | null>;
};

import type { ClaimOutcome, OwnClaim } from '../claims/claim.ts';

/** Nothing was decided, because the event belongs to this strategy, which the process may not know. */
export type Elsewhere = { status: 'elsewhere'; strategy: string };

export const isElsewhere = (answer: object | null): answer is Elsewhere =>
  answer !== null && 'status' in answer && answer.status === 'elsewhere';

/** What a strategy answers to a claim. */
export type ClaimAnswer = ClaimOutcome | Elsewhere;

/**
 * A way to decide the claims of an event. All strategies answer the same contract with the same exactness.
 * A refusal is an outcome; what can't be decided throws a `Fault`, and the same call again is right. A strategy decides
 * only events that are its own by the store that decides; of any other it says whose it is.
 */
export type ClaimStrategy = {
  claim(eventId: string, userId: string): Promise<ClaimAnswer>;
  /** The user's claim of the current round. */
  find(eventId: string, userId: string): Promise<OwnClaim | Elsewhere | null>;
};

import type { ClaimOutcome, OwnClaim } from '../claims/claim.ts';

/** An answer that decides nothing, because the event belongs to `strategy`, which this process may not know. */
export type Elsewhere = { status: 'elsewhere'; strategy: string };

export const isElsewhere = (answer: object | null): answer is Elsewhere =>
  answer !== null && 'status' in answer && answer.status === 'elsewhere';

/** A strategy's answer to a claim. */
export type ClaimAnswer = ClaimOutcome | Elsewhere;

/**
 * A way to decide the claims of an event. All strategies keep the same contract, equally strictly. A refusal is an
 * outcome, not an error. If a claim can't be decided, the call throws a `Fault`, and it is safe to repeat the call. A
 * strategy decides only the events that the deciding store says are its own; for any other event it returns the
 * strategy that the event belongs to.
 */
export type ClaimStrategy = {
  claim(eventId: string, userId: string): Promise<ClaimAnswer>;
  /** The user's claim of the current round. */
  find(eventId: string, userId: string): Promise<OwnClaim | Elsewhere | null>;
};

import type { ClaimOutcome, OwnClaim } from '../claims/claim.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { EventLine } from './line/event-line.ts';

export { isElsewhere, type Elsewhere } from './elsewhere.ts';

/** A strategy's answer to a claim. */
export type ClaimAnswer = ClaimOutcome | Elsewhere;

/**
 * A way to decide an event's claims. A refusal is an outcome, not an error. If a claim can't be decided, the call
 * throws a `Fault`, and repeating the call is safe. For an event of a different strategy, both methods decide nothing
 * and return that strategy's name.
 */
export type ClaimStrategy = {
  claim(eventId: string, userId: string): Promise<ClaimAnswer>;
  /** The user's claim of the current round; null if the user has none. */
  find(eventId: string, userId: string): Promise<OwnClaim | Elsewhere | null>;
  /** The waiting lines of its events; undefined if its events can't have one. */
  line?: EventLine;
};

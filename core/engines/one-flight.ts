import type { ClaimOutcome } from '../claims/claim.ts';
import type { Claims } from './claims.ts';

/**
 * Lets a user have one undecided claim per event. A second claim that arrives meanwhile is not decided by itself: it
 * gets the answer to the first, marked as a replay. Claims that name a strategy join only claims that name the same one.
 */
export function oneFlight(claims: Claims): Claims {
  const underWay = new Map<string, Promise<ClaimOutcome>>();

  return {
    ...claims,
    submit: (eventId, userId, only) => {
      // Neither an event's id nor a strategy's name has a space.
      const key = `${eventId} ${only ?? ''} ${userId}`;
      const first = underWay.get(key);
      if (first !== undefined) return first.then(asReplay);
      const submitted = claims.submit(eventId, userId, only);
      underWay.set(key, submitted);
      const forget = (): void => void underWay.delete(key);
      submitted.then(forget, forget);
      return submitted;
    },
  };
}

const asReplay = (outcome: ClaimOutcome): ClaimOutcome =>
  outcome.status === 'issued' ? { ...outcome, replayed: true } : outcome;

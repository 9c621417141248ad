import type { ClaimOutcome } from '../claims/claim.ts';
import type { StrategyName } from '../events/event.ts';
import type { Claims } from './claims.ts';

/** The undecided claims of one event, by user. */
type Flights = Map<string, Promise<ClaimOutcome>>;

/**
 * Lets a user have one undecided claim per event. A claim that arrives while another one of the same user is undecided
 * is not decided separately: it gets the same answer, and an issued coupon is marked as a replay. Claims that name a
 * strategy join only claims that name the same strategy.
 */
export function oneFlight(claims: Claims): Claims {
  // Keyed by event, then by user: building one key from both would cost more than everything else here.
  const events = new Map<string, Flights>();

  const begin = async (key: string, flights: Flights, [eventId, userId, only]: Claim): Promise<ClaimOutcome> => {
    try {
      return await claims.submit(eventId, userId, only);
    } finally {
      flights.delete(userId);
      if (flights.size === 0) events.delete(key);
    }
  };

  return {
    ...claims,
    submit: (eventId, userId, only) => {
      // Neither an event's id nor a strategy's name contains a space.
      const key = only === undefined ? eventId : `${eventId} ${only}`;
      let flights = events.get(key);
      if (flights === undefined) events.set(key, (flights = new Map<string, Promise<ClaimOutcome>>()));
      const first = flights.get(userId);
      if (first !== undefined) return first.then(asReplay);
      const submitted = begin(key, flights, [eventId, userId, only]);
      flights.set(userId, submitted);
      return submitted;
    },
  };
}

type Claim = [eventId: string, userId: string, only: StrategyName | undefined];

const asReplay = (outcome: ClaimOutcome): ClaimOutcome =>
  outcome.status === 'issued' ? { ...outcome, replayed: true } : outcome;

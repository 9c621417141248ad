import { say } from '../messages/message.ts';
import { listUserClaims } from '../claims/claim-rows.ts';
import type { ClaimOutcome, OwnClaim, ListedClaim } from '../claims/claim.ts';
import { findStoredClaim } from '../claims/stored-claim.ts';
import type { StrategyName } from '../events/event.ts';
import type { KnownEvents } from '../events/known-events.ts';
import { Fault, asUnavailable, withoutStack } from '../runtime/fault.ts';
import { inAnswerTime } from '../runtime/within.ts';
import type { Stores } from '../stores/stores.ts';
import type { ClaimStrategy } from './claim-strategy.ts';
import { KnownStrategies } from './known-strategies.ts';
import { StrategyMismatch } from './strategy-mismatch.ts';

/** What users can do with claims. */
export interface Claims {
  /**
   * Decides or replays a claim. Throws a `Fault`: `not_found`, `busy`, `unavailable`, `gate_lost`, `overloaded`. With
   * `only`, throws `StrategyMismatch` and decides nothing if the event's strategy is a different one.
   */
  submit(eventId: string, userId: string, only?: StrategyName): Promise<ClaimOutcome>;
  /**
   * The user's claim of the current round. Null always means that the user has none. If a store is down, so that nobody
   * can know, this throws `unavailable`.
   */
  mine(eventId: string, userId: string): Promise<OwnClaim | null>;
  /** The user's claims of all events and rounds, newest first, at most 100. */
  list(userId: string): Promise<ListedClaim[]>;
}

/** Answers claims again. */
export interface Replays {
  /**
   * The user's claim of the current round; decides nothing. Null if there is none. With `only`, throws
   * `StrategyMismatch` as `submit` does.
   */
  replay(eventId: string, userId: string, only?: StrategyName): Promise<OwnClaim | null>;
}

const listedMax = 100;
const submitUnknown = say('claim_unknown');
const mineUnknown = say('own_claim_unknown');

/** Passes each claim to the strategy of its event. */
export function createClaims(
  stores: Stores,
  strategies: ReadonlyMap<StrategyName, ClaimStrategy>,
  events: KnownEvents,
): Claims & Replays {
  const { db } = stores;
  const known = new KnownStrategies(stores, strategies, events);

  return {
    submit: (eventId, userId, only) => {
      const claimed = known.ask(eventId, (strategy) => {
        refuseMismatch(eventId, only, strategy);
        return strategy.claim(eventId, userId);
      });
      // One time limit covers the whole wait, both for other claims and for each store that hangs in turn. It costs 1
      // us per claim.
      return inAnswerTime(claimed, submitUnknown);
    },
    replay: (eventId, userId, only) =>
      known.ask(eventId, (strategy) => {
        refuseMismatch(eventId, only, strategy);
        return strategy.find(eventId, userId);
      }),
    // This may ask both stores, one after the other, and both may hang, so it has the same limit.
    mine: (eventId, userId) => inAnswerTime(findMine(eventId, userId), mineUnknown),
    list: async (userId) => {
      const rows = await listUserClaims(db, { userId, limit: listedMax }).catch((err: unknown) => {
        throw asUnavailable(err, say('own_claims_unreachable'));
      });
      return rows.map(({ serial, code, claimedAtMs, round, eventId, eventName, amount, currency, validUntilMs }) => ({
        ...{ serial, code, claimedAtMs, round, eventId, eventName, amount, currency, validUntilMs },
        state: 'persisted' as const,
      }));
    },
  };

  async function findMine(eventId: string, userId: string): Promise<OwnClaim | null> {
    try {
      return await known.ask(eventId, (strategy) => strategy.find(eventId, userId));
    } catch (err) {
      // If neither store has ever shown this event, there is nothing to find, and a made-up id must not cost MySQL
      // another query.
      if (events.has(eventId) && !(err instanceof Fault && err.code === 'not_found')) {
        const stored = await findStoredClaim(db, eventId, userId).catch(() => null);
        if (stored !== null) return stored;
      }
      throw asUnavailable(err, mineUnknown);
    }
  }

  function refuseMismatch(eventId: string, only: StrategyName | undefined, strategy: ClaimStrategy): void {
    if (only !== undefined && strategies.get(only) !== strategy) throw mismatch(eventId, only, strategy);
  }

  function mismatch(eventId: string, asked: StrategyName, strategy: ClaimStrategy): Fault {
    const [actual = asked] = [...strategies].find(([, candidate]) => candidate === strategy) ?? [];
    return withoutStack(() => new StrategyMismatch(eventId, asked, actual));
  }
}

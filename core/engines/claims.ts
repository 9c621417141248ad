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
   * Decides or replays a claim. Throws `not_found`, `busy`, `unavailable`, `gate_lost` or `overloaded`. If `only` is
   * given and the event has a different strategy, throws `StrategyMismatch` and decides nothing.
   */
  submit(eventId: string, userId: string, only?: StrategyName): Promise<ClaimOutcome>;
  /**
   * The user's claim in the current round; null if the user certainly has none. Throws `unavailable` if one store is
   * down and the other can't tell whether there is a claim.
   */
  mine(eventId: string, userId: string): Promise<OwnClaim | null>;
  /** The user's claims in all rounds of all events, newest first, at most 100. */
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

/** Opens the claims of a process: each call goes to its event's strategy. */
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
      // One time limit covers the whole call: several waits, each within its own limit, could add up to far more. The
      // limit costs 1 us per claim.
      return inAnswerTime(claimed, submitUnknown);
    },
    replay: (eventId, userId, only) =>
      known.ask(eventId, (strategy) => {
        refuseMismatch(eventId, only, strategy);
        return strategy.find(eventId, userId);
      }),
    // This look-up may ask both stores, one after the other, and both may hang, so it has the same limit.
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
      // Ask MySQL only about events that this process has already found in a store. Otherwise every made-up id would
      // cost a query.
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

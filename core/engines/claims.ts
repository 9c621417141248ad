import { listUserClaims } from '../claims/claim-rows.ts';
import type { ClaimOutcome, OwnClaim, ListedClaim } from '../claims/claim.ts';
import { findStoredClaim } from '../claims/stored-claim.ts';
import { findEvent } from '../events/event-rows.ts';
import { parseStrategyName, type StrategyName } from '../events/event.ts';
import type { KnownEvents } from '../events/known-events.ts';
import { isInert } from '../gate/gate.ts';
import { gateKey } from '../redis/keys.ts';
import { writeTogether } from '../redis/write-together.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import { Fault, asUnavailable, withoutStack } from '../runtime/fault.ts';
import { inAnswerTime } from '../runtime/within.ts';
import type { Stores } from '../stores/stores.ts';
import { isElsewhere, type ClaimStrategy, type Elsewhere } from './claim-strategy.ts';
import { StrategyMismatch } from './strategy-mismatch.ts';

/** What users do with claims. */
export interface Claims {
  /**
   * Decides or replays. Throws a `Fault`: `not_found`, `busy`, `unavailable`, `gate_lost`, `overloaded`. With `only`, throws
   * `StrategyMismatch` and decides nothing if the event has another strategy.
   */
  submit(eventId: string, userId: string, only?: StrategyName): Promise<ClaimOutcome>;
  /** The user's claim of the current round. Never null only because a store is down: then it throws `unavailable`. */
  mine(eventId: string, userId: string): Promise<OwnClaim | null>;
  /** The user's claims of all events and rounds, newest first, at most 100. */
  list(userId: string): Promise<ListedClaim[]>;
}

const listedMax = 100;
const strategiesKnownMax = 10_000;
/** An event can get another strategy until it is seeded; more than this in one call is not chased. */
const strategiesAskedMax = 4;
/** With both stores away a look takes 1.35 s to fail; who asks shortly after need not wait for another. */
const unknownHoldsMs = 250;
const submitUnknown = 'The claim was not answered in time: it may exist. Ask again, it is safe.';
const mineUnknown = 'Whether you have a claim can’t be told now. Try again shortly.';

/**
 * Gives each claim to the strategy of its event. What is remembered of an event may be out of date: a strategy whose event it
 * is not says whose it is, decides nothing, and that one is asked at once.
 */
export function createClaims(
  stores: Stores,
  strategies: ReadonlyMap<StrategyName, ClaimStrategy>,
  events: KnownEvents,
): Claims {
  const { db } = stores;
  /** An event's strategy is fixed once it is seeded, and only seeded events are remembered. */
  const known = new Map<string, ClaimStrategy>();
  const look = rememberBriefly(findStrategy, {
    holdMs: holdAnswers(1_000, unknownHoldsMs),
    keysMax: strategiesKnownMax,
  });

  return {
    submit: (eventId, userId, only) => {
      const claimed = ask(eventId, (strategy) => {
        if (only !== undefined && strategies.get(only) !== strategy) throw mismatch(eventId, only, strategy);
        return strategy.claim(eventId, userId);
      });
      // Whatever waits for what: for others, and then for one store that hangs after the other. 1 us a claim.
      return inAnswerTime(claimed, submitUnknown);
    },
    // Both stores may be asked, one after the other, and both may hang.
    mine: (eventId, userId) => inAnswerTime(findMine(eventId, userId), mineUnknown),
    list: async (userId) => {
      const rows = await listUserClaims(db, { userId, limit: listedMax }).catch((err: unknown) => {
        throw asUnavailable(err, 'Your claims can’t be listed now: MySQL is unreachable. Try again shortly.');
      });
      return rows.map(({ serial, code, claimedAtMs, round, eventId, eventName, amount, currency }) => ({
        ...{ serial, code, claimedAtMs, round, eventId, eventName, amount, currency },
        state: 'persisted' as const,
      }));
    },
  };

  async function findMine(eventId: string, userId: string): Promise<OwnClaim | null> {
    try {
      return await ask(eventId, (strategy) => strategy.find(eventId, userId));
    } catch (err) {
      // Of an event that no store has shown yet there is nothing to find, and made-up ids must cost MySQL nothing more.
      if (events.has(eventId) && !(err instanceof Fault && err.code === 'not_found')) {
        const stored = await findStoredClaim(db, eventId, userId).catch(() => null);
        if (stored !== null) return stored;
      }
      throw asUnavailable(err, mineUnknown);
    }
  }

  /** Asks the event's strategy: the one that is remembered, then the one that it names. */
  async function ask<Answer extends object | null>(
    eventId: string,
    question: (strategy: ClaimStrategy) => Promise<Answer | Elsewhere>,
  ): Promise<Answer> {
    let strategy = known.get(eventId) ?? (await look(eventId));
    for (let asked = 1; ; asked += 1) {
      const answer = await question(strategy);
      if (!isElsewhere(answer)) return answer;
      forget(eventId, strategy);
      if (asked === strategiesAskedMax) throw keepsChanging(eventId);
      strategy = strategyOf(knownStrategy(answer.strategy));
    }
  }

  /**
   * Each store can tell, so either may be down or hang. What neither can tell fails as MySQL does, which knows all events
   * but those of strategies that only a newer version has.
   */
  async function findStrategy(eventId: string): Promise<ClaimStrategy> {
    try {
      return await Promise.any([strategyOfGate(eventId), strategyOfRow(eventId)]);
    } catch (err) {
      const causes: unknown[] = err instanceof AggregateError ? err.errors : [err];
      throw causes.find((cause) => cause instanceof Fault) ?? err;
    }
  }

  /** The strategy in the event's gate. Throws a `Fault` only for a strategy that is not known here. */
  async function strategyOfGate(eventId: string): Promise<ClaimStrategy> {
    writeTogether(stores.redis.client);
    const [name, runId] = await stores.redis.client.hmget(gateKey(eventId), 'strategy', 'runId');
    // Before a gate is trusted the event may still get another strategy.
    if (name) events.add(eventId);
    if (!name || !runId || isInert({ runId })) throw new Error(`Event ${eventId} has no gate that decides.`);
    return remember(eventId, knownStrategy(name));
  }

  async function strategyOfRow(eventId: string): Promise<ClaimStrategy> {
    const event = await events
      .require(eventId)
      .then(() => findEvent(db, eventId))
      .catch((err: unknown) => {
        throw asUnavailable(
          err,
          `The strategy of event ${eventId} can't be read right now. Nothing was decided. Try again shortly.`,
        );
      });
    if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
    return event.roundRow.seededAtMs === null ? strategyOf(event.strategy) : remember(eventId, event.strategy);
  }

  function remember(eventId: string, name: StrategyName): ClaimStrategy {
    const strategy = strategyOf(name);
    if (known.size >= strategiesKnownMax) known.clear();
    known.set(eventId, strategy);
    return strategy;
  }

  /** Only the answer that was wrong: others may have found the right one meanwhile. */
  function forget(eventId: string, wrong: ClaimStrategy): void {
    if (known.get(eventId) === wrong) known.delete(eventId);
    look.forget(eventId, wrong);
  }

  function knownStrategy(name: string): StrategyName {
    try {
      return parseStrategyName(name);
    } catch (err) {
      throw asUnavailable(
        err,
        'This process can’t decide claims of this event. Nothing was decided. Try again: another process may answer.',
      );
    }
  }

  function mismatch(eventId: string, asked: StrategyName, strategy: ClaimStrategy): Fault {
    const [actual = asked] = [...strategies].find(([, candidate]) => candidate === strategy) ?? [];
    return withoutStack(() => new StrategyMismatch(eventId, asked, actual));
  }

  function strategyOf(name: StrategyName): ClaimStrategy {
    const strategy = strategies.get(name);
    if (strategy === undefined) {
      throw new Fault(
        'unavailable',
        `The strategy ${name} is switched off in this process. Nothing was decided. Try again: another process may have it.`,
      );
    }
    return strategy;
  }
}

const keepsChanging = (eventId: string): Fault =>
  new Fault('unavailable', `The strategy of event ${eventId} keeps changing. Nothing was decided. Try again shortly.`);

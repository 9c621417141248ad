import { LRUCache } from 'lru-cache';
import { say } from '../messages/message.ts';
import { findEvent } from '../events/event-rows.ts';
import { parseStrategyName, type StrategyName } from '../events/event.ts';
import type { KnownEvents } from '../events/known-events.ts';
import { noEvent } from '../events/no-event.ts';
import { isInert } from '../gate/gate.ts';
import { gateKey } from '../redis/keys.ts';
import { writeTogether } from '../redis/write-together.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import { Fault, asUnavailable } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';
import { isElsewhere, type ClaimStrategy, type Elsewhere } from './claim-strategy.ts';

const strategiesKnownMax = 10_000;
/**
 * An event's strategy can change until the event is seeded, so the first strategy asked may not be the right one. A
 * call asks at most this many strategies.
 */
const strategiesAskedMax = 4;
/**
 * With both stores down, a look-up takes 1.35 s to fail. Calls in this time after a failed look-up share its error
 * instead of waiting as long again.
 */
const unknownHoldsMs = 250;

/**
 * The strategies of events, as one process knows them. The remembered strategy may be out of date: a strategy that does
 * not own an event decides nothing and names the right strategy, which is asked next.
 */
export class KnownStrategies {
  readonly #stores: Pick<Stores, 'db' | 'redis'>;
  readonly #strategies: ReadonlyMap<StrategyName, ClaimStrategy>;
  readonly #events: KnownEvents;
  /** Only seeded events are remembered, because their strategy is fixed. */
  readonly #known = new LRUCache<string, ClaimStrategy>({ max: strategiesKnownMax });
  readonly #look = rememberBriefly((eventId: string) => this.#findStrategy(eventId), {
    holdMs: holdAnswers(1_000, unknownHoldsMs),
    keysMax: strategiesKnownMax,
  });

  constructor(
    stores: Pick<Stores, 'db' | 'redis'>,
    strategies: ReadonlyMap<StrategyName, ClaimStrategy>,
    events: KnownEvents,
  ) {
    this.#stores = stores;
    this.#strategies = strategies;
    this.#events = events;
  }

  /** Asks the event's strategy. */
  async ask<Answer extends object | null>(
    eventId: string,
    question: (strategy: ClaimStrategy) => Promise<Answer | Elsewhere>,
  ): Promise<Answer> {
    let strategy = this.#known.get(eventId) ?? (await this.#look(eventId));
    for (let asked = 1; ; asked += 1) {
      const answer = await question(strategy);
      if (!isElsewhere(answer)) return answer;
      this.#forget(eventId, strategy);
      if (asked === strategiesAskedMax) throw keepsChanging(eventId);
      strategy = this.#strategyOf(knownStrategy(answer.strategy));
    }
  }

  /**
   * Either store can answer, even if the other is down. If neither can, throws MySQL's error, because MySQL knows every
   * event. If only a newer version knows the gate's strategy, throws an error that says so.
   */
  async #findStrategy(eventId: string): Promise<ClaimStrategy> {
    try {
      return await Promise.any([this.#strategyOfGate(eventId), this.#strategyOfRow(eventId)]);
    } catch (err) {
      const causes: unknown[] = err instanceof AggregateError ? err.errors : [err];
      throw causes.find((cause) => cause instanceof Fault) ?? err;
    }
  }

  /**
   * The strategy in the event's gate. Throws a `Fault` only if this version does not know that strategy; any other
   * error if the gate can't answer.
   */
  async #strategyOfGate(eventId: string): Promise<ClaimStrategy> {
    const { client } = this.#stores.redis.of(eventId);
    writeTogether(client);
    const [name, runId] = await client.hmget(gateKey(eventId), 'strategy', 'runId');
    // Until a gate is trusted, the event may still get a different strategy.
    if (name) this.#events.add(eventId);
    if (!name || !runId || isInert({ runId })) throw new Error(`Event ${eventId} has no gate that decides.`);
    return this.#remember(eventId, knownStrategy(name));
  }

  async #strategyOfRow(eventId: string): Promise<ClaimStrategy> {
    const event = await this.#events
      .require(eventId)
      .then(() => findEvent(this.#stores.db, eventId))
      .catch((err: unknown) => {
        throw asUnavailable(err, say('strategy_unreadable', { eventId }));
      });
    if (event === null) throw noEvent(eventId);
    return event.roundRow.seededAtMs === null
      ? this.#strategyOf(event.strategy)
      : this.#remember(eventId, event.strategy);
  }

  #remember(eventId: string, name: StrategyName): ClaimStrategy {
    const strategy = this.#strategyOf(name);
    this.#known.set(eventId, strategy);
    return strategy;
  }

  /** Forget only the wrong answer: by now, another call may have found the right one. */
  #forget(eventId: string, wrong: ClaimStrategy): void {
    if (this.#known.peek(eventId) === wrong) this.#known.delete(eventId);
    this.#look.forget(eventId, wrong);
  }

  #strategyOf(name: StrategyName): ClaimStrategy {
    const strategy = this.#strategies.get(name);
    if (strategy === undefined) {
      throw new Fault('unavailable', say('strategy_off', { strategy: name }));
    }
    return strategy;
  }
}

function knownStrategy(name: string): StrategyName {
  try {
    return parseStrategyName(name);
  } catch (err) {
    throw asUnavailable(err, say('strategy_unknown_here'));
  }
}

const keepsChanging = (eventId: string): Fault => new Fault('unavailable', say('strategy_changing', { eventId }));

import type { ClaimOutcome, HeldClaim } from './claim.ts';
import type { StrategyName } from './event.ts';
import { Fault, asUnavailable } from './fault.ts';
import { gateKey } from './keys.ts';
import { listUserClaims } from './mysql/claim-rows.ts';
import { findEvent } from './mysql/event-rows.ts';
import type { Claims } from './platform.ts';
import { isInert } from './redis/gate.ts';
import { holdAnswers, rememberBriefly } from './briefly.ts';
import type { ClaimStrategy } from './strategies/strategy.ts';
import { findStoredClaim } from './stored-claim.ts';
import type { Stores } from './stores.ts';
import { parseStrategyName } from './event.ts';
import { inAnswerTime } from './within.ts';

const listedMax = 100;
const strategiesKnownMax = 10_000;
/** With both stores away a look takes 1.35 s to fail; who asks shortly after need not wait for another. */
const unknownHoldsMs = 250;
const submitUnknown = 'The claim was not answered in time: it may exist. Ask again, it is safe.';
const mineUnknown = 'Whether you have a claim can’t be told now. Try again shortly.';

/** Gives each claim to the strategy of its event. */
export function createClaims(stores: Stores, strategies: ReadonlyMap<StrategyName, ClaimStrategy>): Claims {
  const { db } = stores;
  /** An event's strategy is fixed once it is seeded, and only seeded events are remembered. */
  const known = new Map<string, ClaimStrategy>();
  const look = rememberBriefly(findStrategy, {
    holdMs: holdAnswers(1_000, unknownHoldsMs),
    keysMax: strategiesKnownMax,
  });

  return {
    submit: (eventId, userId) => {
      const strategy = known.get(eventId);
      const claimed = strategy === undefined ? submitFirst(eventId, userId) : strategy.claim(eventId, userId);
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

  async function findMine(eventId: string, userId: string): Promise<HeldClaim | null> {
    try {
      return await (known.get(eventId) ?? (await look(eventId))).find(eventId, userId);
    } catch (err) {
      if (!(err instanceof Fault) || err.code !== 'not_found') {
        const stored = await findStoredClaim(db, eventId, userId).catch(() => null);
        if (stored !== null) return stored;
      }
      throw asUnavailable(err, mineUnknown);
    }
  }

  async function submitFirst(eventId: string, userId: string): Promise<ClaimOutcome> {
    return (await look(eventId)).claim(eventId, userId);
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
    const [name, runId] = await stores.redis.client.hmget(gateKey(eventId), 'strategy', 'runId');
    // Before a gate is trusted the event may still get another strategy.
    if (!name || !runId || isInert({ runId })) throw new Error(`Event ${eventId} has no gate that decides.`);
    return remember(eventId, knownStrategy(name));
  }

  async function strategyOfRow(eventId: string): Promise<ClaimStrategy> {
    const event = await findEvent(db, eventId).catch((err: unknown) => {
      throw asUnavailable(
        err,
        `How event ${eventId} decides can't be told now: nothing was decided. Try again shortly.`,
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

  function knownStrategy(name: string): StrategyName {
    try {
      return parseStrategyName(name);
    } catch (err) {
      throw asUnavailable(err, 'This process can’t decide the claims of the event. Try again: another one may.');
    }
  }

  function strategyOf(name: StrategyName): ClaimStrategy {
    const strategy = strategies.get(name);
    if (strategy === undefined) throw new Fault('conflict', `The strategy ${name} is switched off in this process.`);
    return strategy;
  }
}

import type { ClaimOutcome, HeldClaim } from './claim.ts';
import type { StrategyName } from './event.ts';
import { Fault, asUnavailable } from './fault.ts';
import { gateKey } from './keys.ts';
import { findClaim, listUserClaims } from './mysql/claim-rows.ts';
import { findEvent } from './mysql/event-rows.ts';
import type { Claims } from './platform.ts';
import { isInert, isWrongType } from './redis/gate.ts';
import { holdAnswers, rememberBriefly } from './briefly.ts';
import type { ClaimStrategy } from './strategies/strategy.ts';
import type { Stores } from './stores.ts';
import { parseStrategyName } from './event.ts';
import { inAnswerTime } from './within.ts';

const listedMax = 100;
const strategiesKnownMax = 10_000;
const mineUnknown = 'Whether you have a claim can’t be told now. Try again shortly.';

/** Gives each claim to the strategy of its event. */
export function createClaims(stores: Stores, strategies: ReadonlyMap<StrategyName, ClaimStrategy>): Claims {
  const { db } = stores;
  /** An event's strategy is fixed once it is seeded, and only seeded events are remembered. */
  const known = new Map<string, ClaimStrategy>();
  const look = rememberBriefly(findStrategy, { holdMs: holdAnswers(1_000), keysMax: strategiesKnownMax });

  return {
    submit: (eventId, userId) => {
      const strategy = known.get(eventId);
      if (strategy !== undefined) return strategy.claim(eventId, userId);
      return submitFirst(eventId, userId);
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
        const stored = await findStored(eventId, userId).catch(() => null);
        if (stored !== null) return stored;
      }
      throw asUnavailable(err, mineUnknown);
    }
  }

  async function submitFirst(eventId: string, userId: string): Promise<ClaimOutcome> {
    return (await look(eventId)).claim(eventId, userId);
  }

  async function findStrategy(eventId: string): Promise<ClaimStrategy> {
    const seeded = await seededStrategy(eventId);
    if (seeded !== null) {
      const strategy = strategyOf(seeded);
      if (known.size >= strategiesKnownMax) known.clear();
      known.set(eventId, strategy);
      return strategy;
    }
    const event = await findEvent(db, eventId).catch((err: unknown) => {
      throw asUnavailable(err, `Event ${eventId} can't be looked up now. Try again shortly.`);
    });
    if (event === null) throw new Fault('not_found', `There is no event ${eventId}.`);
    return strategyOf(event.strategy);
  }

  /** The strategy in the event's gate; null when there is no gate that was ever trusted. */
  async function seededStrategy(eventId: string): Promise<StrategyName | null> {
    try {
      const [name, runId] = await stores.redis.client.hmget(gateKey(eventId), 'strategy', 'runId');
      // Before a gate is trusted the event may still get another strategy.
      return !name || !runId || isInert({ runId }) ? null : parseStrategyName(name);
    } catch (err) {
      // Whoever asks the gate next says that it is damaged.
      if (isWrongType(err)) return null;
      throw asUnavailable(
        err,
        `How event ${eventId} decides can't be told now: nothing was decided. Try again shortly.`,
      );
    }
  }

  function strategyOf(name: StrategyName): ClaimStrategy {
    const strategy = strategies.get(name);
    if (strategy === undefined) throw new Fault('conflict', `The strategy ${name} is switched off in this process.`);
    return strategy;
  }

  async function findStored(eventId: string, userId: string) {
    const event = await findEvent(db, eventId);
    const row = event && (await findClaim(db, eventId, event.currentRound, userId));
    if (row === null) return null;
    const { serial, code, claimedAtMs, round } = row;
    return { serial, code, claimedAtMs, round, state: 'persisted' as const };
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { countClaims } from '../../claims/claim-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { holdRound } from '../../events/hold-round.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { RoundEngine } from '../engine.ts';
import { gatedEngine } from '../gated/gated-engine.ts';
import { storedFirst } from '../stored-first.ts';
import { judgeNumbers } from './judge-numbers.ts';
import { judgeUnits } from './judge-units.ts';
import { createRedisCounterSet } from './redis-counter-set.ts';
import { createRedisCounter } from './redis-counter.ts';
import { attemptMs, readUnits } from './unit-scripts.ts';

/**
 * The gate gives units: numbers from the stock that become claims once MySQL has them (see `take-units.lua`). No user
 * is promised a claim that MySQL lacks, and a returned number goes to a later user.
 */
const unitEngine = (strategy: StrategyName, open: RoundEngine['open']): RoundEngine =>
  gatedEngine(
    strategy,
    {
      open,
      // Numbers can be returned, so some below the highest may have no claim.
      issuedInRows: async (db, { eventId, currentRound }, newest) =>
        newest === null ? 0 : countClaims(db, eventId, currentRound),
      storedClaims: (db, { eventId, currentRound }) => countClaims(db, eventId, currentRound),
      counterOf: async (db, { roundRow: { eventId, round, retiredCounter } }) =>
        Math.max(retiredCounter ?? 0, await countClaims(db, eventId, round)),
      // If Redis does not answer, return no attempts: the checks that follow report the failure.
      undecided: ({ redis }, { eventId, roundRow: { round } }) =>
        readUnits(redis.of(eventId).client, roundKeys(eventId, round)).then(
          ({ attempts }) => attempts,
          () => [],
        ),
      persistsLater: false,
      // Nobody is promised a claim that MySQL does not have.
      isStored: () => true,
      lacksAll: () => false,
      doubtOfLoss: () => Promise.resolve(null),
      pauseDoubt: () => null,
      isOlderThanRows: () => Promise.resolve(false),
      // The insert of a returned unit may still be on its way to MySQL, which must not store a serial above the lowered
      // stock.
      holdClaims: async (tx, event) => {
        await holdRound(tx, event);
        return null;
      },
      // If the gate gives a number that a claim in MySQL has, MySQL refuses the insert, and the user gets a different
      // number.
      repeatsSerials: () => false,
      refuseOtherSerial: (event) => {
        throw storedFirst(event);
      },
      // A number has no owner until MySQL has stored its claim.
      raiseCounter: () => Promise.resolve(null),
      settle: judgeUnits,
      // No more units are given, but an insert may still be on its way.
      awaitWriters: () => sleep(attemptMs),
      promisedFaults: () => Promise.resolve([]),
      rebuilt: (_event, { count, highestStored, gaps, misplaced }) => ({
        issued: count,
        given: highestStored,
        places: { returned: gaps, regiven: misplaced },
      }),
      // The gate may have given numbers above the current stock before the stock was lowered.
      counterOfGate: ({ given, stock }) => Math.min(given ?? 0, stock),
      judge: judgeNumbers,
    },
    { firstGiven: 0 },
  );

export const redisCounter: RoundEngine = unitEngine('redis-counter', ({ stores, gatekeeper }) =>
  createRedisCounter(stores, gatekeeper),
);

export const redisCounterSet: RoundEngine = unitEngine('redis-counter-set', ({ stores, gatekeeper }) =>
  createRedisCounterSet(stores, gatekeeper),
);

import { listPromisedFaults } from '../../claims/claim-faults.ts';
import type { EventRow } from '../../events/event-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import { reservedTo } from '../../events/reserved-serials.ts';
import { readGate } from '../../gate/gate.ts';
import { mendCounter } from '../../gate/repair-scripts.ts';
import { roundKeys } from '../../redis/keys.ts';
import type { RoundEngine } from '../engine.ts';
import { gatedEngine } from '../gated/gated-engine.ts';
import { judgeSerials } from '../judge-serials.ts';
import { highestPromised, serialsInRows } from '../serials-in-rows.ts';
import { doubtOfLoss } from './doubt-of-loss.ts';
import { isOlderThanRows } from './older-than-rows.ts';
import { createRedisStream } from './redis-stream.ts';
import { createUnsafe } from './unsafe.ts';

/** The gate promises a claim, and a drain takes it to MySQL moments later. */
const streamEngine = (strategy: StrategyName, open: RoundEngine['open'], { alarms = true } = {}): RoundEngine =>
  gatedEngine(
    strategy,
    {
      open,
      issuedInRows: (_db, event, newest) => Promise.resolve(issuedTo(event, newest?.serial ?? 0)),
      storedClaims: serialsInRows,
      counterOf: highestPromised,
      undecided: () => Promise.resolve([]),
      persistsLater: true,
      isStored: ({ roundRow }) => roundRow.verifiedAtMs !== null,
      lacksAll: ({ roundRow }, newest) => newest === null && roundRow.firstClaimAtMs !== null,
      doubtOfLoss,
      pauseDoubt: ({ roundRow }) =>
        roundRow.paused && roundRow.closedAtMs === null
          ? 'it was paused before this repair, perhaps by an earlier repair that did not finish: more may have been promised than is known'
          : null,
      isOlderThanRows,
      holdClaims: () => Promise.resolve(null),
      // The gate never gives a serial above its stock.
      repeatsSerials: ({ issued, stock }, storedSerial) => storedSerial > issued && storedSerial <= stock,
      refuseOtherSerial: () => undefined,
      raiseCounter: (redis, { eventId, roundRow: { round } }, serial) =>
        mendCounter(redis, roundKeys(eventId, round), { round, strategy }, { highest: serial }),
      settle: () => Promise.resolve({ open: 0 }),
      awaitWriters: () => Promise.resolve(),
      promisedFaults: (db, { eventId, currentRound }) => listPromisedFaults(db, eventId, currentRound),
      rebuilt: (event, { highest }) => ({ issued: issuedTo(event, highest), given: null, places: {} }),
      counterOfGate: ({ issued }) => issued,
      judge: (judging) =>
        judgeSerials(judging, async () => {
          const { stores, event } = judging;
          const gate = await readGate(stores.redis.of(event.eventId).client, event.eventId);
          return gate && gate.issued;
        }),
    },
    { firstGiven: null, alarms },
  );

/** Reserved serials above the highest claim count as issued too. */
const issuedTo = ({ roundRow }: EventRow, highest: number): number => Math.max(highest, reservedTo(roundRow.reserved));

export const redisStream: RoundEngine = streamEngine('redis-stream', ({ stores, gatekeeper, drains }) =>
  createRedisStream(stores, gatekeeper, drains),
);

/** The control strategy. It oversells on purpose, so its faults raise no alarm. */
export const unsafe: RoundEngine = streamEngine(
  'unsafe',
  ({ stores, gatekeeper, drains }) => createUnsafe(stores, gatekeeper, drains),
  { alarms: false },
);

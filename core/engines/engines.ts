import { listOpenFaults, type OpenFaults } from '../claims/claim-faults.ts';
import { listRoundsInRedis, type EventRow } from '../events/event-rows.ts';
import { strategyNames, type StrategyName } from '../events/event.ts';
import type { DbReader } from '../mysql/open-db.ts';
import type { RoundEngine } from './engine.ts';
import { dbLock, dbNamedLock, redisLock, redisSpinLock } from './rows/row-engine.ts';
import { redisStream, unsafe } from './stream/stream-engine.ts';
import { redisCounter, redisCounterSet } from './units/unit-engine.ts';

const engines = {
  'db-lock': dbLock,
  'db-named-lock': dbNamedLock,
  'redis-lock': redisLock,
  'redis-spin-lock': redisSpinLock,
  'redis-counter': redisCounter,
  'redis-counter-set': redisCounterSet,
  'redis-stream': redisStream,
  unsafe,
} satisfies Record<StrategyName, RoundEngine>;

/** The engine of a strategy. */
export const engineOf = (strategy: StrategyName): RoundEngine => engines[strategy];

/**
 * The rounds of one event, or of all events, with claims that MySQL could not store and that an operator has to look
 * at.
 */
export const listMindedFaults = (db: DbReader, eventId?: string): Promise<OpenFaults[]> =>
  listOpenFaults(db, { eventId, except: strategyNames.filter((name) => !engines[name].mindsFaults()) });

/** All rounds, including earlier ones, that may have data in Redis. Throws if MySQL does not answer. */
export const listLiveRounds = (db: DbReader): Promise<EventRow[]> =>
  listRoundsInRedis(
    db,
    strategyNames.filter((name) => engines[name].livesInRedis),
  );

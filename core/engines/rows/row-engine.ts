import { highestSerial, newestClaim } from '../../claims/claim-rows.ts';
import type { StrategyName } from '../../events/event.ts';
import type { Db } from '../../mysql/open-db.ts';
import type { RoundEngine } from '../engine.ts';
import { withoutRedis } from '../gated/round-snapshot.ts';
import { judgeSerials } from '../judge-serials.ts';
import { highestPromised } from '../serials-in-rows.ts';
import { storedFirst } from '../stored-first.ts';
import { createDbLock } from './db-lock.ts';
import { createDbNamedLock } from './db-named-lock.ts';
import { holdClaims } from './hold-claims.ts';
import { createRedisLock } from './redis-lock.ts';
import { createRedisSpinLock } from './redis-spin-lock.ts';
import { seedRows } from './seed-rows.ts';

/** MySQL's rows decide claims: there is no gate, nothing that Redis can lose, and nothing to store later. */
const rowEngine = (strategy: StrategyName, open: RoundEngine['open']): RoundEngine => ({
  open,

  readGate: () => Promise.resolve(null),
  isSeeded: ({ roundRow }) => roundRow.seededAtMs !== null,
  issuedInRows: (_db, _event, newest) => Promise.resolve(newest?.serial ?? 0),
  // The round sold out at the time of the claim that has the last serial.
  soldOutAtMs: ({ roundRow }, newest) =>
    newest !== null && newest.serial >= roundRow.stock ? newest.claimedAtMs : null,
  // The highest serial is the number of claims issued. Counting rows would take too long for a list of a hundred
  // rounds.
  storedClaims: (db, { eventId, currentRound }) => highestSerial(db, eventId, currentRound),
  waiting: () => Promise.resolve({ claims: 0, oldestAtMs: null }),
  waitingList: () => Promise.resolve([]),
  waitingTimes: () => Promise.resolve([]),
  counterOf: highestPromised,
  status: (_stores, event) =>
    Promise.resolve({
      event,
      current: event.currentRound === event.roundRow.round,
      gate: null,
      outbox: { claims: 0, oldestAtMs: null },
      setAside: 0,
      lost: false,
    }),
  outOfRedis: () => 'not_used',
  undecided: () => Promise.resolve([]),
  isStored: () => true,
  lacksAll: () => false,
  doubtOfLoss: () => Promise.resolve(null),
  pauseDoubt: () => null,
  isOlderThanRows: () => Promise.resolve(false),
  isAlarmingLoss: () => false,
  persistsLater: false,
  mindsFaults: () => true,

  holdClaims,
  repeatsSerials: () => false,
  refuseOtherSerial: (event) => {
    throw storedFirst(event);
  },
  nextSerialInRows: async (tx, { eventId, currentRound }) => (await highestSerial(tx, eventId, currentRound)) + 1,
  belongsInRedis: () => false,
  raiseCounter: () => Promise.resolve(null),

  seed: (stores, eventId, round) => seedRows(stores, { eventId, round, strategy }),
  standing: () => Promise.resolve({ kind: 'elsewhere', strategy }),
  drain: () => Promise.resolve(),
  settle: () => Promise.resolve({ open: 0 }),
  // The round was never in Redis, so it never has to leave Redis.
  verify: () => Promise.resolve({ kind: 'later' }),
  awaitWriters: () => Promise.resolve(),
  promisedFaults: () => Promise.resolve([]),
  rebuilt: (_event, { highest }) => ({ issued: highest, given: null, places: {} }),

  snapshot: async ({ db }, { eventId, currentRound }) => withoutRedis(await newestClaim(db, eventId, currentRound)),
  counterOfGate: ({ issued }) => issued,
  judge: (judging) => judgeSerials(judging, () => Promise.resolve(null)),
  winnersAmong: (_stores, _event, userIds) => Promise.resolve(userIds.map(() => null)),
  pastRounds: () => [],
  forgetStored: () => Promise.resolve(0),

  livesInRedis: false,
  takesLine: false,
  refusesInRedis: false,
  readGateCheck: () => Promise.resolve({ kind: 'not_needed' }),
  memoryBytes: () => 0,
  askTimeMs: ({ db }) => askMySqlTimeMs(db),
});

async function askMySqlTimeMs(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ nowMs: number }[]>`SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS DOUBLE) AS nowMs`;
  if (row === undefined) throw new Error('MySQL did not return its time.');
  return row.nowMs;
}

export const dbLock: RoundEngine = rowEngine('db-lock', ({ stores }) => createDbLock(stores));
export const dbNamedLock: RoundEngine = rowEngine('db-named-lock', ({ stores }) => createDbNamedLock(stores));
export const redisLock: RoundEngine = rowEngine('redis-lock', ({ stores, lockQueue }) =>
  createRedisLock(stores, lockQueue),
);
export const redisSpinLock: RoundEngine = rowEngine('redis-spin-lock', ({ stores, lock }) =>
  createRedisSpinLock(stores, lock),
);

import type { StrategyName } from '../../events/event.ts';
import { eventPhase } from '../../events/phase.ts';
import { readGate } from '../../gate/gate.ts';
import { roundKeys } from '../../redis/keys.ts';
import { askRedisTimeMs } from '../../redis/redis-clock.ts';
import { writeTogether } from '../../redis/write-together.ts';
import type { RoundEngine } from '../engine.ts';
import { drainOutbox } from '../stream/drain.ts';
import { outboxClaims, outboxState, outboxTimes } from '../stream/outbox.ts';
import { forgetStored } from './forget-set-aside.ts';
import { takeSnapshot } from './round-snapshot.ts';
import { readRoundStatus } from './round-status.ts';
import { seedByGate } from './seed-gate.ts';
import { gateStanding } from './standing.ts';
import { verifyRound } from './verify-round.ts';

/**
 * Each winner takes about 96 bytes. While a crowd is claiming, requests and replies briefly take the same amount again.
 */
const bytesPerClaim = 200;

type Shared = Pick<
  RoundEngine,
  | 'readGate'
  | 'isSeeded'
  | 'soldOutAtMs'
  | 'waiting'
  | 'waitingList'
  | 'waitingTimes'
  | 'status'
  | 'outOfRedis'
  | 'isAlarmingLoss'
  | 'mindsFaults'
  | 'nextSerialInRows'
  | 'belongsInRedis'
  | 'seed'
  | 'standing'
  | 'drain'
  | 'verify'
  | 'snapshot'
  | 'winnersAmong'
  | 'pastRounds'
  | 'forgetStored'
  | 'livesInRedis'
  | 'refusesInRedis'
  | 'readGateCheck'
  | 'memoryBytes'
  | 'askTimeMs'
>;

type Own = Omit<RoundEngine, keyof Shared>;

/**
 * The engine of a strategy whose claims are decided by a gate in Redis. `firstGiven` is the `given` of a new gate; null
 * if the gate gives no units. If `alarms` is false, trouble with the strategy's events alerts nobody.
 */
export function gatedEngine(
  strategy: StrategyName,
  own: Own,
  { firstGiven, alarms = true }: { firstGiven: 0 | null; alarms?: boolean },
): RoundEngine {
  const engine: RoundEngine = {
    ...own,
    livesInRedis: true,
    refusesInRedis: true,
    readGate: ({ redis }, eventId) => {
      // A list of events reads a hundred gates at once.
      writeTogether(redis.of(eventId).client);
      return readGate(redis.of(eventId).client, eventId);
    },
    isSeeded: (_event, gate) => gate !== null,
    soldOutAtMs: ({ roundRow }) => roundRow.soldOutAtMs,
    waiting: ({ redis }, { eventId, roundRow: { round, reserved } }) =>
      outboxState(redis.of(eventId).client, eventId, round, reserved),
    waitingList: ({ redis }, { eventId, roundRow: { round } }) =>
      outboxClaims(redis.of(eventId).client, eventId, round),
    waitingTimes: ({ redis }, { eventId, roundRow: { round } }) =>
      outboxTimes(redis.of(eventId).client, eventId, round),
    status: readRoundStatus,
    outOfRedis: ({ roundRow }) => (roundRow.unlinkedAtMs === null ? null : 'retired'),
    isAlarmingLoss: (event, nowMs) => {
      if (!alarms) return false;
      const { roundRow } = event;
      const phase = eventPhase({ ...roundRow, closed: roundRow.closedAtMs !== null, issued: 0 }, nowMs);
      // A closed event issues no more claims, so no claim can be missing if MySQL had all claims after the closing.
      return phase !== 'closed' || (nowMs >= roundRow.opensAtMs && !own.isStored(event));
    },
    mindsFaults: () => alarms,
    nextSerialInRows: () => Promise.resolve(null),
    // A retired round that is being rebuilt also belongs in Redis: the rebuild copies only the rows that MySQL had when
    // it began.
    belongsInRedis: ({ currentRound, roundRow }, round) =>
      currentRound === round && (roundRow.retiredAtMs === null || roundRow.rebuildingAtMs !== null),
    seed: (stores, eventId, round) => seedByGate(stores, { eventId, round }, { strategy, firstGiven }),
    standing: (stores, event) => gateStanding(stores, event, engine),
    drain: async (stores, { eventId, round }, options) => void (await drainOutbox(stores, eventId, round, options)),
    verify: (stores, event, options) => verifyRound(stores, event, engine, options),
    snapshot: takeSnapshot,
    winnersAmong: ({ redis }, { eventId, currentRound }, userIds) =>
      redis.of(eventId).client.hmget(roundKeys(eventId, currentRound).winners, ...userIds),
    pastRounds: ({ currentRound }) => Array.from({ length: currentRound - 1 }, (_, i) => i + 1),
    forgetStored,
    readGateCheck: async (stores, event) => {
      if (event.roundRow.retiredAtMs !== null) return { kind: 'retired' };
      const link = stores.redis.of(event.eventId);
      if (link.runId() === undefined) throw new Error(link.whyNot());
      const { lost, gate } = await engine.status(stores, event);
      if (lost) return { kind: 'lost' };
      if (gate === null) return { kind: 'waiting' };
      return { kind: 'there', trusted: gate.runId === link.runId() };
    },
    memoryBytes: ({ roundRow }) => roundRow.stock * bytesPerClaim,
    askTimeMs: ({ redis }) => askRedisTimeMs(redis),
  };
  return engine;
}

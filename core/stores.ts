import type { Logger } from './log.ts';
import type { Db } from './mysql/open-db.ts';
import type { Sessions } from './mysql/sessions.ts';
import type { Observer } from './observer.ts';
import type { ClockGaps } from './readiness/clock-gaps.ts';
import type { RedisLink } from './redis/open-redis.ts';
import type { RedisClock } from './redis/redis-clock.ts';
import type { StateChanges } from './runtime/state-changes.ts';

/** What most of core works with: both stores, Redis's clock, and where to report. */
export type Stores = {
  db: Db;
  /** Connections of MySQL for deciding claims. */
  sessions: Sessions;
  redis: RedisLink;
  clock: RedisClock;
  /** How far the other clocks are from Redis's. */
  clockGaps: ClockGaps;
  log: Logger;
  /** What was logged last of what is looked at again and again. */
  logged: StateChanges;
  observe: Observer;
  /** How long before its opening a round is seeded. */
  seedLeadMs: number;
  /** How long a claim may wait for its turn before it is answered `busy`. */
  claimWaitMs: number;
  /** How many connections of MySQL there are in `sessions`. */
  claimConnections: number;
  /** How long a Redis lock outlives a holder that died. */
  lockLeaseMs: number;
};

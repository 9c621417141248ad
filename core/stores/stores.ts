import type { ProcessRoster } from '../failover/process-roster.ts';
import type { Promises } from '../failover/promises.ts';
import type { ReplicaAcks } from '../failover/replica-acks.ts';
import type { Db } from '../mysql/open-db.ts';
import type { Sessions } from '../mysql/sessions.ts';
import type { Attestation } from '../redis/attestation.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import type { Logger } from '../runtime/log.ts';
import type { StateChanges } from '../runtime/state-changes.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { Observer } from './observer.ts';

/**
 * Redis's time, by the clock of the primary that has the event's keys (without an event id: the keys that belong to no
 * event).
 */
export type StoresClock = { nowMs(eventId?: string): number };

/**
 * How far a clock is ahead of Redis's clock, and by how much that figure may be wrong. `host` is this process's
 * machine.
 */
export type ClockGap = { clock: 'mysql' | 'host' | 'worker'; aheadMs: number; unsureMs: number };

/** Compares each clock with the clock of one primary. Throws if a store does not answer. */
export type ClockGaps = (link: RedisLink) => Promise<ClockGap[]>;

/** What most of core works with. */
export type Stores = {
  db: Db;
  /** MySQL connections for deciding claims. */
  sessions: Sessions;
  redis: RedisLinks;
  /** What this process has promised. */
  promises: Promises;
  roster: ProcessRoster;
  /** Waits for the replicas that must have a claim before anybody learns of it. */
  acks: ReplicaAcks;
  clock: StoresClock;
  /**
   * How durable Redis is, as attested for a Redis that does not show its settings; null if nobody has attested that.
   */
  redisDurability: Attestation | null;
  /** Measures how far the other clocks are from Redis's clock. */
  clockGaps: ClockGaps;
  log: Logger;
  /** Remembers the state that was last logged, so that a repeated check logs only changes. */
  logged: StateChanges;
  observe: Observer;
  /** Null if nothing is traced. */
  tracing: Tracing | null;
  /** How long before its opening a round is seeded. */
  seedLeadMs: number;
  /** How long a claim may wait for its turn before it gets the answer `busy`. */
  claimWaitMs: number;
  /** How many MySQL connections `sessions` has. */
  claimConnections: number;
  /** How long a Redis lock outlasts a holder that died. */
  lockLeaseMs: number;
};

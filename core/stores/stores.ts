import type { ProcessRoster } from '../failover/process-roster.ts';
import type { Promises } from '../failover/promises.ts';
import type { ReplicaAcks } from '../failover/replica-acks.ts';
import type { Db } from '../mysql/open-db.ts';
import type { Sessions } from '../mysql/sessions.ts';
import type { RedisLink } from '../redis/open-redis.ts';
import type { RedisLinks } from '../redis/redis-links.ts';
import type { Logger } from '../runtime/log.ts';
import type { StateChanges } from '../runtime/state-changes.ts';
import type { Observer } from './observer.ts';

/** What an operator can attest of a Redis that does not show its settings. */
export const attestations = ['always', 'replicated', 'memorydb', 'none'] as const;
export type Attestation = (typeof attestations)[number];

/** Redis's time: that of the master that keeps an event's keys, or of the one with the keys of no event. */
export type StoresClock = { nowMs(eventId?: string): number };

/** How far a clock is ahead of Redis's, and the possible error of that figure. `host` is this process's own. */
export type ClockGap = { clock: 'mysql' | 'host' | 'worker'; aheadMs: number; unsureMs: number };

/** Measures each clock against that of one master. Throws if a store does not answer. */
export type ClockGaps = (link: RedisLink) => Promise<ClockGap[]>;

/** What most of core works with: both stores, Redis's clock, the log and metrics. */
export type Stores = {
  db: Db;
  /** MySQL connections for deciding claims. */
  sessions: Sessions;
  redis: RedisLinks;
  /** What this process promised, and the processes that may have promised claims: for the time after a failover. */
  promises: Promises;
  roster: ProcessRoster;
  /** The replicas that must have a claim before anybody learns of it. */
  acks: ReplicaAcks;
  clock: StoresClock;
  /** How durable a Redis is that does not show its settings; null if nobody has attested that. */
  redisDurability: Attestation | null;
  /** How far the other clocks are from Redis's. */
  clockGaps: ClockGaps;
  log: Logger;
  /** Remembers what was logged last, so that a repeated check logs only changes. */
  logged: StateChanges;
  observe: Observer;
  /** How long before its opening a round is seeded. */
  seedLeadMs: number;
  /** How long a claim may wait for its turn before it is answered `busy`. */
  claimWaitMs: number;
  /** How many MySQL connections `sessions` has. */
  claimConnections: number;
  /** How long a Redis lock outlives a holder that died. */
  lockLeaseMs: number;
};

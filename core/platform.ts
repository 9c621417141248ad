import { createKeyCheck, type KeyCheck } from './access/key-check.ts';
import { createEventAdmin, type EventAdmin } from './admin/event-admin.ts';
import { type Claims, createClaims, type Strategies } from './engines/claims.ts';
import { engineOf } from './engines/engines.ts';
import { createGatekeeper } from './engines/gated/gatekeeper.ts';
import { createLine, type Line } from './engines/line/line.ts';
import { createEventLock } from './engines/rows/event-lock.ts';
import { createLockQueue } from './engines/rows/lock-queue.ts';
import { oneFlight } from './engines/one-flight.ts';
import { createReleaseMessages } from './engines/rows/release-messages.ts';
import { traceClaims } from './engines/trace-claims.ts';
import { createEventTries } from './engines/tries/event-tries.ts';
import { limitTries } from './engines/tries/limit-tries.ts';
import { findEvent } from './events/event-rows.ts';
import { realStrategyNames, strategyNames } from './events/event.ts';
import { createKnownEvents, lookupConnections, lookupWaitMs } from './events/known-events.ts';
import { openProcessRoster } from './failover/process-roster.ts';
import { Promises } from './failover/promises.ts';
import { createReplicaAcks } from './failover/replica-acks.ts';
import { openJobQueue, type JobQueue } from './jobs/job-queue.ts';
import { checksNoCertificate, parseDatabaseUrl } from './mysql/database-url.ts';
import { openDb } from './mysql/open-db.ts';
import { openSessions } from './mysql/sessions.ts';
import { createClockGaps } from './readiness/clock-gaps.ts';
import { createHealth } from './readiness/health.ts';
import { openLinks } from './redis/open-links.ts';
import { openProducerRedis, openSubscriberRedis } from './redis/open-redis.ts';
import type { Logger } from './runtime/log.ts';
import { createStateChanges } from './runtime/state-changes.ts';
import type { Env } from './settings/env.ts';
import type { Observer } from './stores/observer.ts';
import type { Stores, StoresClock } from './stores/stores.ts';
import type { Tracing } from './tracing/tracing.ts';
import { createEvents, type Events } from './views/public-events.ts';

/** All of core, wired together. */
export type Platform = {
  stores: Stores;
  claims: Claims;
  line: Line;
  strategies: Strategies;
  events: Events;
  admin: EventAdmin;
  apiKeys: KeyCheck;
  health: ReturnType<typeof createHealth>;
  clock: StoresClock;
  jobs: JobQueue;
  close(): Promise<void>;
};

export type PlatformOptions = {
  env: Env;
  log: Logger;
  observe: Observer;
  /** By default, nothing is traced. */
  tracing?: Tracing | null;
  /** How long a MySQL command may take. The default fits within the time that the API's callers wait. */
  mysqlTimeoutMs?: number;
};

/**
 * How long a start waits for Redis before it continues without a connection, because a process may start before its
 * stores.
 */
const firstConnectionMs = 2_000;

/**
 * Opens the connections and wires the domain. Doesn't fail if a store is down: calls answer `unavailable` until the
 * store is back.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { env, log, observe, tracing = null, mysqlTimeoutMs } = options;
  const redis = openLinks(env.redis, 'firstcome', log, env);
  const db = openDb(env.databaseUrl, mysqlTimeoutMs === undefined ? {} : { commandTimeoutMs: mysqlTimeoutMs });
  const sessions = openSessions(env.databaseUrl, { connectionsMax: env.claimConnections, waitMs: env.claimWaitMs });
  const lookups = openSessions(env.databaseUrl, { connectionsMax: lookupConnections, waitMs: lookupWaitMs });
  const knownEvents = createKnownEvents(lookups);
  const clock: StoresClock = {
    nowMs: (eventId) => (eventId === undefined ? redis.system : redis.of(eventId)).clock.nowMs(),
  };
  const jobs = openJobQueue(openProducerRedis(env.queueRedis), log);
  const { seedLeadMs, claimWaitMs, claimConnections, lockLeaseMs, redisDurability } = env;
  const times = { seedLeadMs, claimWaitMs, lockLeaseMs };
  const clockGaps = createClockGaps({ db, redis });
  const logged = createStateChanges();
  const promises = new Promises();
  const roster = openProcessRoster({ redis, clock, log, promises });
  const acks = createReplicaAcks(env.replicaAcks, observe.acksMissing);
  const ours = { db, sessions, redis, promises, roster, acks, clock, clockGaps, redisDurability };
  const stores: Stores = { ...ours, log, logged, observe, tracing, claimConnections, ...times };
  const gatekeeper = createGatekeeper(stores, { find: (eventId) => findEvent(db, eventId), engineOf });
  const lock = createEventLock({ redis, log, leaseMs: lockLeaseMs });
  const messages = createReleaseMessages(() => openSubscriberRedis(env.redis));
  const lockQueue = createLockQueue({ lock, redis, messages });
  const offered = env.unsafeStrategy ? strategyNames : realStrategyNames;
  const process = { stores, gatekeeper, drains: jobs, lock, lockQueue };
  const strategies = new Map(offered.map((name) => [name, engineOf(name).open(process)]));
  const claims = createClaims(stores, strategies, knownEvents);
  const limitClaims = (): Claims => {
    const limited = env.limits === null ? claims : oneFlight(claims);
    if (!env.limitShared) return limited;
    return limitTries(limited, { replays: claims, tries: createEventTries(stores, knownEvents), log });
  };
  warnOfUncheckedCertificate(env.databaseUrl, log);
  await redis.waitForReady(firstConnectionMs);
  // If this fails, the process enters the roster before it first promises a claim.
  await roster.enter().catch(() => undefined);

  return {
    stores,
    claims: tracing === null ? limitClaims() : traceClaims(limitClaims()),
    line: createLine(stores, strategies, knownEvents),
    strategies: claims,
    events: createEvents(stores, knownEvents),
    admin: createEventAdmin(stores, jobs, {
      ...{ strategies: new Set(strategies.keys()), approvals: env.approvals },
      codes: { viewerSeesCodes: env.viewerSeesCodes },
    }),
    apiKeys: createKeyCheck(db, log),
    health: createHealth(stores),
    clock,
    jobs,
    close: async () => {
      await jobs.close();
      lockQueue.close();
      await lock.close();
      await roster.leave();
      await redis.close();
      await Promise.all([db.$disconnect(), sessions.close(), lookups.close()]);
    },
  };
}

function warnOfUncheckedCertificate(databaseUrl: string, log: Logger): void {
  if (!checksNoCertificate(parseDatabaseUrl(databaseUrl))) return;
  log.warn(
    { event: 'mysql_certificate_unchecked' },
    'DATABASE_URL encrypts the connection to MySQL but checks no certificate, so anyone in between can pose as MySQL. Use ssl-mode=VERIFY_IDENTITY',
  );
}

import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
import { say } from '../messages/message.ts';
import type { Stores } from '../stores/stores.ts';
import { probe } from './probe.ts';
import { connected, type Looked, ok, problem, type ReadinessCheck, type CheckResult } from './readiness-check.ts';
import { checkClaims, checkGate, checkOpening, checkSeeded } from './round-checks.ts';
import { checkClocks, checkMemory, checkMySql, checkRedis } from './store-checks.ts';
import { expectWorker } from './worker-beat.ts';

/**
 * Whether an event is ready for its crowd. An armed event is seeded, and every check is ok. A closed event is not
 * armed.
 */
export type EventReadiness = { armed: boolean; checks: ReadinessCheck[] };

/** Checks everything that the event's opening or sale needs. Answers within about a second; never throws. */
export async function eventReadiness(stores: Stores, event: EventRow): Promise<EventReadiness> {
  const nowMs = stores.clock.nowMs(event.eventId);
  const looked: Looked = { stores, event, engine: engineOf(event.strategy), nowMs };
  const checks = await Promise.all([
    asked('opening', () => Promise.resolve(checkOpening(looked)), 'any'),
    asked('seeded', () => checkSeeded(looked), 'any'),
    asked('gate', () => checkGate(looked), 'any'),
    probe(() => expectWorker(connected(stores.redis.system), stores.clock.nowMs())).then(
      ({ ok: alive, detail }): ReadinessCheck => ({
        name: 'worker',
        ...(alive
          ? ok(say('check_worker_alive'))
          : problem(say('check_worker_away', { why: detail }), say('action_start_worker'))),
      }),
    ),
    asked('redis', () => checkRedis(looked), 'redis'),
    asked('memory', () => checkMemory(looked), 'redis'),
    asked('mysql', () => checkMySql(looked), 'mysql'),
    asked('clocks', () => checkClocks(looked), 'any'),
    asked('claims', () => checkClaims(looked), 'any'),
  ]);
  return { armed: checks.every(({ state }) => state === 'ok'), checks };
}

async function asked(
  name: ReadinessCheck['name'],
  ask: () => Promise<CheckResult>,
  /** The store to bring back if it does not answer. */
  store: 'redis' | 'mysql' | 'any',
): Promise<ReadinessCheck> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const { ok: answered, detail } = await probe(async () => {
    resolve(await ask());
    return '';
  });
  return {
    name,
    ...(answered ? await promise : problem(say('check_failed', { why: detail }), say('action_bring_back', { store }))),
  };
}

import { engineOf } from '../engines/engines.ts';
import type { EventRow } from '../events/event-rows.ts';
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
    asked('opening', () => Promise.resolve(checkOpening(looked)), ''),
    asked('seeded', () => checkSeeded(looked), 'Bring back the store that does not answer.'),
    asked('gate', () => checkGate(looked), 'Bring back the store that does not answer.'),
    probe(() => expectWorker(connected(stores.redis.system), stores.clock.nowMs())).then(
      ({ ok: alive, detail }): ReadinessCheck => ({
        name: 'worker',
        ...(alive
          ? ok(detail)
          : problem(detail, 'Start a worker. Without one, claims are still accepted, but wait to be stored in MySQL.')),
      }),
    ),
    asked('redis', () => checkRedis(looked), 'Bring Redis back.'),
    asked('memory', () => checkMemory(looked), 'Bring Redis back.'),
    asked('mysql', () => checkMySql(looked), 'Bring MySQL back.'),
    asked('clocks', () => checkClocks(looked), 'Bring back the store that does not answer.'),
    asked('claims', () => checkClaims(looked), 'Bring back the store that does not answer.'),
  ]);
  return { armed: checks.every(({ state }) => state === 'ok'), checks };
}

async function asked(
  name: ReadinessCheck['name'],
  ask: () => Promise<CheckResult>,
  action: string,
): Promise<ReadinessCheck> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const { ok: answered, detail } = await probe(async () => {
    resolve(await ask());
    return '';
  });
  return { name, ...(answered ? await promise : problem(detail, action)) };
}

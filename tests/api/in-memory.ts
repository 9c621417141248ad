import type { RemoteAdmin } from '../../admin-cli/api-client.ts';
import { type Actor, roles } from '../../core/access/actor.ts';
import type { KeyCheck } from '../../core/access/key-check.ts';
import type { EventAdmin } from '../../core/admin/event-admin.ts';
import type { AdminClaim, ClaimOutcome, OwnClaim } from '../../core/claims/claim.ts';
import type { Claims } from '../../core/engines/claims.ts';
import { StrategyMismatch } from '../../core/engines/strategy-mismatch.ts';
import type { StrategyName } from '../../core/events/event.ts';
import { noEvent } from '../../core/events/no-event.ts';
import { eventPhase } from '../../core/events/phase.ts';
import type { Health, HealthCheck } from '../../core/readiness/health.ts';
import { Fault, type FaultCode } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import type { Events } from '../../core/views/public-events.ts';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';

/**
 * Core without stores, for tests of the API alone. An event's id determines how calls about that event are answered.
 */
export type InMemoryCore = {
  claims: Claims;
  events: Events;
  admin: EventAdmin;
  apiKeys: KeyCheck;
  health: Health;
  clock: { nowMs(): number };
  /** The calls that reached core, in order. */
  calls: { name: string; input: unknown; actor?: Actor }[];
  /** The claims that reached core. */
  submitted: { eventId: string; userId: string }[];
  checks: HealthCheck[];
};

export const nowMs = Date.UTC(2026, 8, 1, 1, 0, 0);

/**
 * For each role, the key `fcfs_<role>` is valid and has the name `the-<role>`. Any other key is refused for the reason
 * that its text names.
 */
function checkKey(key: string): Awaited<ReturnType<KeyCheck['check']>> {
  const word = key.slice('fcfs_'.length);
  const role = roles.find((candidate) => candidate === word);
  if (role !== undefined) return { ok: true, id: role, name: `the-${role}`, role, endsAtMs: null };
  if (word === 'unavailable') throw new Fault('unavailable', 'MySQL is down on purpose.');
  return { ok: false, why: word === 'expired' || word === 'revoked' ? word : 'unknown' };
}

const faults: Record<string, FaultCode> = {
  busy: 'busy',
  unavailable: 'unavailable',
  'gate-lost': 'gate_lost',
  overloaded: 'overloaded',
  forbidden: 'forbidden',
  conflict: 'conflict',
};

const event = (eventId: string, over: Partial<AdminEventView> = {}): AdminEventView =>
  anEvent({ eventId, name: `Event ${eventId}`, opensAtMs: nowMs - 60_000, seeded: true, ...over });

export function createInMemoryCore(options: { stock?: number } = {}): InMemoryCore {
  const known = new Map(
    [
      event('open', { stock: options.stock ?? 1_000_000_000 }),
      event('scheduled', { opensAtMs: nowMs + 3_600_000 }),
      event('paused', { paused: true }),
      event('closed', { closed: true }),
      event('sold-out', { stock: 1, issued: 1, soldOutAtMs: nowMs - 1_000 }),
    ].map((view) => [view.eventId, view]),
  );
  const held = new Map<string, Map<string, OwnClaim>>();
  const calls: InMemoryCore['calls'] = [];
  const submitted: InMemoryCore['submitted'] = [];
  const checks: HealthCheck[] = [{ name: 'redis', ok: true, required: true, detail: 'answers' }];

  const find = (eventId: string): AdminEventView => {
    const code = Object.hasOwn(faults, eventId) ? faults[eventId] : undefined;
    if (code !== undefined) throw new Fault(code, `Event ${eventId} is ${code} on purpose.`);
    if (eventId === 'broken') throw new Error('secret detail\n  at the driver: password=hunter2');
    const view = known.get(eventId);
    if (view === undefined) throw noEvent(eventId);
    return view;
  };
  const claimsOf = (eventId: string): Map<string, OwnClaim> => {
    const claims = held.get(eventId) ?? new Map<string, OwnClaim>();
    held.set(eventId, claims);
    return claims;
  };
  const submit = (eventId: string, userId: string, only?: StrategyName): ClaimOutcome => {
    submitted.push({ eventId, userId });
    const view = find(eventId);
    if (only !== undefined && only !== view.strategy) throw new StrategyMismatch(eventId, only, view.strategy);
    const claims = claimsOf(eventId);
    const mine = claims.get(userId);
    if (mine !== undefined) return { status: 'issued', replayed: true, ...mine };
    const phase = eventPhase(view, nowMs);
    if (phase === 'scheduled') return { status: 'not_open', opensAtMs: view.opensAtMs, serverTimeMs: nowMs };
    if (phase !== 'open') return { status: phase };
    view.issued += 1;
    const claim = { serial: view.issued, code: 'ABCD-EFGH-JKMN-PQRS', claimedAtMs: nowMs, round: view.round };
    claims.set(userId, { ...claim, state: 'accepted' });
    return { status: 'issued', replayed: false, ...claim };
  };
  // Each test gets its own copy, so that no test sees another test's changes.
  const { changes: _changes, ...fake } = fakeAdmin([...known.values()], (eventId) => ({ ...find(eventId) }));

  return {
    calls,
    submitted,
    checks,
    clock: { nowMs: () => nowMs },
    apiKeys: {
      check: (key) => attempt(() => checkKey(key)),
      checkId: (id) => attempt(() => checkKey(`fcfs_${id}`)),
    },
    health: { check: () => Promise.resolve(checks) },
    claims: {
      submit: (eventId, userId, only) => attempt(() => submit(eventId, userId, only)),
      mine: (eventId, userId) => attempt(() => (find(eventId), claimsOf(eventId).get(userId) ?? null)),
      list: (userId) =>
        attempt(() =>
          [...held].flatMap(([eventId, claims]) => {
            const mine = claims.get(userId);
            const { name, amount, currency, validUntilMs } = find(eventId);
            return mine === undefined ? [] : [{ ...mine, eventId, eventName: name, amount, currency, validUntilMs }];
          }),
        ),
    },
    events: {
      list: () => attempt(() => [...known.values()].filter((view) => eventPhase(view, nowMs) !== 'closed')),
      get: (eventId) => attempt(() => find(eventId)),
    },
    admin: recorded(
      {
        ...fake,
        findClaims: ({ userId }) => Promise.resolve(adminClaims(userId)),
        browseClaims: ({ round = 1 }) =>
          Promise.resolve({ round, codes: 'shown' as const, claims: [], nextAfter: null }),
        listClaims: () => Promise.resolve([]),
      },
      calls,
    ),
  };

  function adminClaims(userId: string): AdminClaim[] {
    return [...held].flatMap(([eventId, claims]) => {
      const claim = claims.get(userId);
      return claim === undefined ? [] : [{ ...claim, eventId, userId, persistedAtMs: null }];
    });
  }
}

/** `admin` for the API. Records every call except those that only read one event. */
function recorded(admin: RemoteAdmin, calls: InMemoryCore['calls']): EventAdmin {
  const record =
    (name: string, call: (...args: unknown[]) => Promise<unknown>) =>
    (input: unknown, actor?: Actor, ...more: unknown[]) => {
      if (name !== 'get') calls.push({ name, input, ...(actor !== undefined && { actor }) });
      return attempt(() => call(input, actor, ...more));
    };
  return Object.fromEntries(
    Object.entries(admin).map(([name, call]) => [name, record(name, call as Parameters<typeof record>[1])]),
  ) as unknown as EventAdmin;
}

/** A call that fails rejects, as everywhere in core, and never throws. */
async function attempt<T>(call: () => T): Promise<T> {
  await Promise.resolve();
  return call();
}

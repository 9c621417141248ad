import { type Actor, roles } from '../../core/access/actor.ts';
import type { ApiKeyView } from '../../core/access/api-key.ts';
import type { KeyCheck } from '../../core/access/key-check.ts';
import type { EventAdmin } from '../../core/admin/event-admin.ts';
import type { AdminClaim, ClaimOutcome, OwnClaim } from '../../core/claims/claim.ts';
import type { Claims } from '../../core/engines/claims.ts';
import { StrategyMismatch } from '../../core/engines/strategy-mismatch.ts';
import { defaultOf, eachField, type EventInfo } from '../../core/events/event-fields.ts';
import type { StrategyName } from '../../core/events/event.ts';
import { eventPhase } from '../../core/events/phase.ts';
import type { Health, HealthCheck } from '../../core/readiness/health.ts';
import { Fault, type FaultCode } from '../../core/runtime/fault.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import type { Events } from '../../core/views/public-events.ts';
import { plainInfo } from '../core/events/plain-info.ts';

/** Core without stores, for tests of the edge alone: each event answers as its id says. */
export type InMemoryCore = {
  claims: Claims;
  events: Events;
  admin: EventAdmin;
  apiKeys: KeyCheck;
  health: Health;
  clock: { nowMs(): number };
  /** What reached the doors of core, in order. */
  calls: { name: string; input: unknown; actor?: Actor }[];
  /** Each claim that was asked for. */
  submitted: { eventId: string; userId: string }[];
  checks: HealthCheck[];
};

export const nowMs = Date.UTC(2026, 8, 1, 1, 0, 0);

const apiKey: ApiKeyView = {
  ...{ id: 'k1', name: 'ci', role: 'operator', state: 'live', createdBy: 'the-admin', createdAtMs: nowMs },
  ...{ expiresAtMs: null, lastUsedAtMs: null, revokedAtMs: null },
};

/** A good key of each role is `fcfs_<role>`, with the name `the-<role>`; others are bad as they say. */
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

const event = (eventId: string, over: Partial<AdminEventView> = {}): AdminEventView => ({
  eventId,
  ...plainInfo,
  ...{ name: `Event ${eventId}`, amount: 10_000, timeZone: 'Asia/Seoul' },
  round: 1,
  version: 1,
  stock: 1_000,
  opensAtMs: nowMs - 60_000,
  closesAtMs: null,
  paused: false,
  closed: false,
  strategy: 'redis-stream',
  issued: 0,
  soldOutAtMs: null,
  persisted: 0,
  outbox: 0,
  outboxSinceMs: null,
  firstClaimedAtMs: null,
  seeded: true,
  gateLost: false,
  needsApproval: false,
  approvalAskedBy: null,
  readiness: null,
  ...over,
});

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
    if (view === undefined) throw new Fault('not_found', `There is no event ${eventId}.`);
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
  const change = (name: string, over: (input: never) => Partial<AdminEventView>) => (input: never, actor: Actor) => {
    calls.push({ name, input, actor });
    const { eventId } = input as { eventId: string };
    return attempt(() => ({ ...find(eventId), ...over(input) }));
  };

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
            const { name, amount, currency } = find(eventId);
            return mine === undefined ? [] : [{ ...mine, eventId, eventName: name, amount, currency }];
          }),
        ),
    },
    events: {
      list: () => attempt(() => [...known.values()].filter((view) => eventPhase(view, nowMs) !== 'closed')),
      get: (eventId) => attempt(() => find(eventId)),
    },
    admin: {
      create: (input, actor) => {
        calls.push({ name: 'create', input, actor });
        const { requestId: _requestId, closesAtMs = null, ...rest } = input;
        const info = eachField<EventInfo>((name) => input[name] ?? defaultOf(name));
        return Promise.resolve(event('created', { ...rest, ...info, closesAtMs, seeded: false }));
      },
      get: (eventId) => attempt(() => find(eventId)),
      list: (page) => {
        calls.push({ name: 'list', input: page });
        return Promise.resolve({ events: [...known.values()].slice(0, page.limit), nextCursor: null });
      },
      update: change('update', () => ({ version: 2 })),
      pause: change('pause', () => ({ paused: true })),
      resume: change('resume', () => ({ paused: false })),
      close: change('close', () => ({ closed: true })),
      topUp: change('topUp', ({ add }: { add: number }) => ({ stock: 1_000 + add })),
      approve: change('approve', () => ({ needsApproval: false })),
      reset: change('reset', () => ({ round: 2, issued: 0, paused: true })),
      reconcile: (input, actor) => {
        calls.push({ name: 'reconcile', input, actor });
        const { eventId } = input;
        const counts = { eventId, round: 1, issued: 0, persisted: 0, pending: 0, reserved: 0, repaired: 0 };
        return attempt(() => (find(eventId), { ...counts, findings: [], verdict: 'clean' as const, advice: [] }));
      },
      findClaims: (query, actor) => {
        calls.push({ name: 'findClaims', input: query, actor });
        return Promise.resolve(adminClaims(query.userId));
      },
      listClaims: (query, actor) => {
        calls.push({ name: 'listClaims', input: query, actor });
        return Promise.resolve([]);
      },
      exportClaims: (query, actor) => {
        calls.push({ name: 'exportClaims', input: query, actor });
        return Promise.resolve({ round: query.round ?? 1, codes: 'shown' as const, claims: [] });
      },
      showClaim: (query, actor) => {
        calls.push({ name: 'showClaim', input: query, actor });
        return Promise.resolve({
          ...{ eventId: query.eventId, round: 1, state: 'none' as const, claim: null, persistedAtMs: null },
          ...{ inRedis: 'absent' as const, inOutbox: false, inMySql: 'absent' as const, setAside: null },
          ...{ otherRounds: [], account: 'There is no such claim.' },
        });
      },
      verifyClaim: (evidence, actor) => {
        calls.push({ name: 'verifyClaim', input: evidence, actor });
        const { eventId } = evidence;
        return Promise.resolve({ eventId, round: null, genuine: false, standing: 'forged' as const, account: 'No.' });
      },
      restoreClaim: (evidence, actor) => {
        calls.push({ name: 'restoreClaim', input: evidence, actor });
        const { eventId } = evidence;
        const refused = { genuine: false, before: 'forged' as const, restored: false, held: false };
        return Promise.resolve({ eventId, round: null, ...refused, account: 'No.' });
      },
      listFaults: (query, actor) => {
        calls.push({ name: 'listFaults', input: query, actor });
        return attempt(() => (find(query.eventId), { open: 0, faults: [] }));
      },
      settleFault: (input, actor) => {
        calls.push({ name: 'settleFault', input, actor });
        const { eventId, id } = input;
        const settled = { atMs: nowMs, by: actor.name, reason: actor.reason ?? '' };
        return attempt(() => ({
          ...{ id, eventId: find(eventId).eventId, round: 1, serial: 3, userId: 'kim', claimedAtMs: nowMs },
          ...{ reason: 'serial_taken', detail: 'taken', createdAtMs: nowMs, settled, stored: false },
        }));
      },
      exportMetrics: (query) => {
        calls.push({ name: 'exportMetrics', input: query });
        return Promise.resolve({ rounds: [], nextCursor: null });
      },
      listAudit: (query) => {
        calls.push({ name: 'listAudit', input: query });
        return Promise.resolve({ entries: [], nextCursor: null });
      },
      createApiKey: (input, actor) => {
        calls.push({ name: 'createApiKey', input, actor });
        return Promise.resolve({ ...apiKey, name: input.name, role: input.role, key: 'fcfs_made' });
      },
      listApiKeys: () => {
        calls.push({ name: 'listApiKeys', input: undefined });
        return Promise.resolve([apiKey]);
      },
      revokeApiKey: (input, actor) => {
        calls.push({ name: 'revokeApiKey', input, actor });
        return Promise.resolve({ ...apiKey, state: 'revoked', revokedAtMs: nowMs });
      },
    },
  };

  function adminClaims(userId: string): AdminClaim[] {
    return [...held].flatMap(([eventId, claims]) => {
      const claim = claims.get(userId);
      return claim === undefined ? [] : [{ ...claim, eventId, userId, persistedAtMs: null }];
    });
  }
}

/** A call that fails fails as a promise, as all of core does. */
async function attempt<T>(call: () => T): Promise<T> {
  await Promise.resolve();
  return call();
}

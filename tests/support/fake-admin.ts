import type { RemoteAdmin, Why } from '../../admin-cli/api-client.ts';
import type { EventAdmin } from '../../core/admin/event-admin.ts';
import type { ApiKeyView } from '../../core/access/api-key.ts';
import type { SaleReader } from '../../core/admin/sale-reader.ts';
import type { ClaimFaultView } from '../../core/claims/claim-faults.ts';
import { defaultOf, eachField, type EventInfo } from '../../core/events/event-fields.ts';
import { noEvent } from '../../core/events/no-event.ts';
import { noDurations } from '../../core/tally/durations.ts';
import type { AdminEventView } from '../../core/views/event-view.ts';
import { plainInfo } from '../core/events/plain-info.ts';

/** A call that changed data. */
export type Change = { verb: string; input: unknown; why: Why };

/**
 * The admin functions on events in memory, for tests of the API or the CLI alone. `changes` lists the calls that
 * changed data, in order. `find` returns the event that a call names. A test overrides `find` to make calls fail.
 */
export function fakeAdmin(
  events: AdminEventView[] = [],
  find: (eventId: string) => AdminEventView = findIn(events),
): RemoteAdmin & Pick<EventAdmin, 'search'> & SaleReader & { changes: Change[] } {
  const changes: Change[] = [];
  const change = (verb: string, input: { eventId: string }, why: Why, changed: Partial<AdminEventView>) => {
    const event = find(input.eventId);
    changes.push({ verb, input, why });
    Object.assign(event, changed, { version: event.version + 1 });
    return Promise.resolve(event);
  };
  const notAsked = () => Promise.reject(new Error('The fake admin has no claims.'));
  return {
    changes,
    create(input, why) {
      changes.push({ verb: 'create', input, why });
      const { requestId: _requestId, closesAtMs = null, ...settings } = input;
      const event = anEvent({
        ...{ ...settings, ...eachField<EventInfo>((name) => input[name] ?? defaultOf(name)) },
        ...{ eventId: `event-${events.length + 1}`, closesAtMs },
      });
      events.unshift(event);
      return Promise.resolve(event);
    },
    get: async (eventId) => Promise.resolve(find(eventId)),
    list({ cursor, limit }) {
      const from = cursor === undefined ? 0 : Number(cursor);
      const to = from + limit;
      return Promise.resolve({ events: events.slice(from, to), nextCursor: to < events.length ? String(to) : null });
    },
    search: ({ offset, limit }) =>
      Promise.resolve({
        events: events.slice(offset, offset + limit),
        total: events.length,
        counts: { open: events.length, paused: 0, scheduled: 0, sold_out: 0, closed: 0 },
        ...{ unapproved: 0, truncated: false },
      }),
    update: (input, why) => {
      const { eventId: _eventId, version: _version, requestId: _requestId, confirm: _confirm, ...changed } = input;
      return change('update', input, why, changed as Partial<AdminEventView>);
    },
    pause: (input, why) => change('pause', input, why, { paused: true }),
    resume: (input, why) => change('resume', input, why, { paused: false }),
    close: (input, why) => change('close', input, why, { closed: true }),
    topUp: (input, why) => change('topUp', input, why, { stock: find(input.eventId).stock + input.add }),
    approve: (input, why) => change('approve', input, why, { needsApproval: false }),
    reset: (input, why) =>
      change('reset', input, why, { round: find(input.eventId).round + 1, issued: 0, paused: true }),
    reconcile: ({ eventId }, _why, { watch } = {}) => {
      const { round, issued, persisted } = find(eventId);
      watch?.({ step: 'claims in MySQL', done: 500, of: 1_000 });
      const counts = { eventId, round, issued, persisted, pending: 0, reserved: 0 };
      return Promise.resolve({
        ...{ ...counts, findings: [], repaired: 0, verdict: 'clean' as const },
        ...{ advice: [], adviceReasons: [] },
      });
    },
    findClaims: notAsked,
    browseClaims: notAsked,
    listClaims: notAsked,
    exportClaims: ({ eventId, round = 1 }) =>
      Promise.resolve({ round, codes: 'shown' as const, claims: (find(eventId), [aClaim(eventId)]) }),
    showClaim: ({ eventId }) => {
      const { userId, persistedAtMs, state, ...claim } = aClaim(eventId);
      return Promise.resolve({
        ...{ eventId, round: 1, state, claim: { ...claim, userId }, persistedAtMs, inRedis: 'winner' as const },
        ...{ inOutbox: false, inMySql: 'stored' as const, setAside: null, otherRounds: [], account: 'kim has it.' },
      });
    },
    verifyClaim: ({ eventId }) =>
      Promise.resolve({ eventId, round: 1, genuine: true, standing: 'held' as const, account: 'Genuine.' }),
    restoreClaim: ({ eventId }) =>
      Promise.resolve({
        ...{ eventId, round: 1, genuine: true, before: 'lost' as const },
        ...{ restored: true, held: true, account: 'Restored.' },
      }),
    listFaults: ({ eventId }) => Promise.resolve({ open: 1, faults: [aFault(find(eventId).eventId)] }),
    settleFault: (input, why) => {
      changes.push({ verb: 'settleFault', input, why });
      const settled = { atMs: nowMs, by: 'the-token', reason: why.reason ?? '' };
      return Promise.resolve({ ...aFault(input.eventId), id: input.id, settled });
    },
    exportMetrics: ({ eventId }) =>
      Promise.resolve({
        rounds: events
          .filter((event) => eventId === undefined || event.eventId === eventId)
          .map((event) => someFigures(event)),
        nextCursor: null,
      }),
    readSale: ({ eventId }) => {
      const { stock, issued, persisted, opensAtMs, closesAtMs, round } = find(eventId);
      return Promise.resolve({
        ...{ eventId, round, stock, issued, persisted, opensAtMs, closesAtMs, closedAtMs: null, soldOutAtMs: null },
        ...{ firstClaimedAtMs: null, lastClaimedAtMs: null, storedAtMs: null, openingErrorMs: null },
        ...{ peak: null, start: null, whole: null, pauses: [], answers: [] },
      });
    },
    listAudit: () =>
      Promise.resolve({
        entries: [
          {
            ...{ id: 1, atMs: nowMs - 60_000, actor: 'kim', role: 'operator', door: 'api' as const, requestId: null },
            ...{ action: 'event.pause', eventId: 'autumn-sale', round: 1, reason: 'the shop is down' },
            ...{ before: { paused: false, version: 1 }, after: { paused: true, version: 2 } },
          },
        ],
        nextCursor: null,
      }),
    createApiKey: (input, why) => {
      changes.push({ verb: 'createApiKey', input, why });
      const { name, role, ttlSeconds, expiresAtMs = nowMs + (ttlSeconds ?? 90 * 86_400) * 1_000 } = input;
      return Promise.resolve({ ...anApiKey, name, role, expiresAtMs, key: aKey });
    },
    listApiKeys: () => Promise.resolve([anApiKey]),
    revokeApiKey: (input, why) => {
      changes.push({ verb: 'revokeApiKey', input, why });
      const also = input.cascade === true && { alsoRevoked: [] };
      return Promise.resolve({ ...anApiKey, state: 'revoked', revokedAtMs: nowMs, ...also });
    },
  };
}

const findIn =
  (events: readonly AdminEventView[]) =>
  (eventId: string): AdminEventView => {
    const event = events.find((candidate) => candidate.eventId === eventId);
    if (event === undefined) throw noEvent(eventId);
    return event;
  };

/** Noon of 1 September 2027 in UTC. The CLI's tests set the clock to this time. */
export const nowMs = Date.UTC(2027, 8, 1, 12);

export const aKey = 'fcfs_k7GhQ2xZ9a_0123456789ABCDEFGHIJKLMNOPQRSTUVXYZ012';

const anApiKey: ApiKeyView = {
  ...{ id: 'k7GhQ2xZ9a', name: 'scheduler', role: 'operator', state: 'live', createdBy: 'kim@desk' },
  ...{ createdAtMs: nowMs - 86_400_000, expiresAtMs: nowMs + 89 * 86_400_000 },
  ...{ lastUsedAtMs: nowMs - 90_000, revokedAtMs: null },
};
const someFigures = ({ eventId, name, strategy, round, stock, issued, persisted, opensAtMs }: AdminEventView) => ({
  ...{ eventId, name, strategy, round, stock, issued, persisted, opensAtMs, outbox: 0, outboxAgeMs: null, setAside: 0 },
  ...{ openingErrorMs: 7, selloutMs: 1_840, persistenceMs: { p50: 120, p99: 900, max: 1_000 } },
  answers: [
    { outcome: 'sold_out' as const, ...noDurations(), count: 9, sumMs: 18, maxMs: 4, p50Ms: 2, p90Ms: 3, p99Ms: 4 },
  ],
  claimsOverTime: { fromMs: opensAtMs, widthMs: 100, counts: [600, 400] },
});

const aClaim = (eventId: string) => ({
  ...{ eventId, userId: '=kim', round: 1, serial: 1, code: 'W45C-J29D-N8GV-9WM9', state: 'persisted' as const },
  ...{ claimedAtMs: nowMs - 60_000, persistedAtMs: nowMs - 59_900 },
});

const aFault = (eventId: string): ClaimFaultView => ({
  ...{ id: 12, eventId, round: 1, serial: 3, userId: 'lee', claimedAtMs: nowMs - 60_000, reason: 'serial_taken' },
  ...{ detail: "the serial is intruder's", createdAtMs: nowMs - 59_000, settled: null, stored: false },
});

/** An event that opens three hours from `nowMs`. */
export function anEvent(changed: Partial<AdminEventView> = {}): AdminEventView {
  return {
    eventId: 'autumn-sale',
    ...plainInfo,
    ...{ name: 'Autumn sale', amount: 10_000, timeZone: 'Asia/Seoul' },
    round: 1,
    version: 1,
    stock: 1_000,
    opensAtMs: nowMs + 3 * 3_600_000,
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
    seeded: false,
    gateLost: false,
    needsApproval: false,
    approvalAskedBy: null,
    readiness: null,
    ...changed,
  };
}

import { Fault } from '../../../core/fault.ts';
import type { AdminEventView } from '../../../core/event.ts';
import type { Actor, EventAdmin } from '../../../core/platform.ts';

/** One call that changed something. */
export type Change = { verb: string; input: unknown; actor: Actor };

/**
 * Events in memory, for what the CLI reads and prints; what the stores make of a command is tested with the stores.
 * `changes` are the calls that changed something, in order.
 */
export function createMemoryAdmin(events: AdminEventView[] = []): EventAdmin & { changes: Change[] } {
  const changes: Change[] = [];
  const find = (eventId: string): AdminEventView => {
    const event = events.find((candidate) => candidate.eventId === eventId);
    if (event === undefined) throw new Fault('not_found', `There is no event ${eventId}.`);
    return event;
  };
  const change = (verb: string, input: { eventId: string }, actor: Actor, changed: Partial<AdminEventView>) => {
    const event = find(input.eventId);
    changes.push({ verb, input, actor });
    Object.assign(event, changed, { version: event.version + 1 });
    return Promise.resolve(event);
  };
  const notAsked = () => Promise.reject(new Error('the CLI has no command for this yet'));
  return {
    changes,
    create(input, actor) {
      changes.push({ verb: 'create', input, actor });
      const { requestId: _requestId, ...settings } = input;
      const event = anEvent({
        ...settings,
        eventId: `event-${events.length + 1}`,
        timeZone: input.timeZone ?? null,
        closesAtMs: input.closesAtMs ?? null,
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
    update: (input, actor) => {
      const { eventId: _eventId, version: _version, requestId: _requestId, ...changed } = input;
      return change('update', input, actor, changed as Partial<AdminEventView>);
    },
    pause: (input, actor) => change('pause', input, actor, { paused: true }),
    resume: (input, actor) => change('resume', input, actor, { paused: false }),
    close: (input, actor) => change('close', input, actor, { closed: true }),
    topUp: (input, actor) => change('topUp', input, actor, { stock: find(input.eventId).stock + input.add }),
    reset: (input, actor) =>
      change('reset', input, actor, { round: find(input.eventId).round + 1, issued: 0, paused: true }),
    reconcile: ({ eventId }, _actor, watch) => {
      const { round, issued, persisted } = find(eventId);
      watch?.({ step: 'claims in MySQL', done: 500, of: 1_000 });
      const counts = { eventId, round, issued, persisted, pending: 0, reserved: 0 };
      return Promise.resolve({ ...counts, findings: [], repaired: 0, verdict: 'clean' as const, advice: [] });
    },
    findClaims: notAsked,
    listClaims: notAsked,
  };
}

/** Noon of 1 September 2027 in UTC: what the clock of these tests says. */
export const nowMs = Date.UTC(2027, 8, 1, 12);

/** An event that opens three hours from `nowMs`. */
export function anEvent(changed: Partial<AdminEventView> = {}): AdminEventView {
  return {
    eventId: 'autumn-sale',
    name: 'Autumn sale',
    description: '',
    amount: 10_000,
    currency: 'KRW',
    timeZone: 'Asia/Seoul',
    listed: true,
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
    seeded: false,
    gateLost: false,
    ...changed,
  };
}

import { say } from '../messages/message.ts';
import { newestClaim } from '../claims/claim-rows.ts';
import { engineOf } from '../engines/engines.ts';
import { findEvent, listPublicEvents, type EventRow } from '../events/event-rows.ts';
import type { KnownEvents } from '../events/known-events.ts';
import { noEvent } from '../events/no-event.ts';
import { isInert, readGate, type Gate } from '../gate/gate.ts';
import { writeTogether } from '../redis/write-together.ts';
import { holdAnswers, rememberBriefly } from '../runtime/briefly.ts';
import { asUnavailable } from '../runtime/fault.ts';
import { inAnswerTime } from '../runtime/within.ts';
import type { Stores } from '../stores/stores.ts';
import { type EventView, gateView, rowView } from './event-view.ts';

/** What anybody may read about events. */
export interface Events {
  /** Listed events in every phase but `closed`, by opening time, at most 100. */
  list(): Promise<EventView[]>;
  /**
   * Throws `not_found`, or `busy` if too many unknown ids are requested. Reads seeded `redis-stream` events from Redis
   * alone.
   */
  get(eventId: string): Promise<EventView>;
}

/** How long a result is kept. Counts may be 1 s old when they arrive, and an answer may take half of that. */
const holdMs = holdAnswers(500);

/** Opens the public reads. All callers within half a second share one read. */
export function createEvents(stores: Stores, known: KnownEvents): Events {
  const { db, clock } = stores;
  // One limit for both stores, because a view may ask them one after the other and both may hang.
  const look = (eventId: string) => inAnswerTime(view(stores, known, eventId), say('event_unreadable', { eventId }));
  const get = rememberBriefly(look, { holdMs, keysMax: 10_000 });
  const list = rememberBriefly(
    async () => {
      const events = await listPublicEvents(db, clock.nowMs()).catch((err: unknown) => {
        throw asUnavailable(err, say('listing_unreachable'));
      });
      const views = await Promise.all(events.map(async (event) => viewOf(stores, event, await gateOf(stores, event))));
      // Leaves out events that are already closed in the gate but not yet in the row.
      return views.filter(({ closed }) => !closed);
    },
    { holdMs, keysMax: 1 },
  );
  return { get, list: () => list('all') };
}

/**
 * The event's current state: from its gate, or from MySQL if there is none. Throws `not_found`, `busy` or
 * `unavailable`.
 */
async function view(stores: Stores, known: KnownEvents, eventId: string): Promise<EventView> {
  // A batch request reads several events at once, so let their commands go to Redis together.
  writeTogether(stores.redis.of(eventId).client);
  const gate = await readGate(stores.redis.of(eventId).client, eventId).catch(() => null);
  if (gate !== null) known.add(eventId);
  if (gate !== null && !isInert(gate)) return gateView(eventId, gate);
  const event = await known
    .require(eventId)
    .then(() => findEvent(stores.db, eventId))
    .catch((err: unknown) => {
      throw asUnavailable(err, say('event_unreadable', { eventId }));
    });
  if (event === null) throw noEvent(eventId);
  return viewOf(stores, event, null);
}

/** Makes the view of an event whose row and gate are known. */
export async function viewOf(stores: Stores, event: EventRow, gate: Gate | null): Promise<EventView> {
  if (gate !== null) return gateView(event.eventId, gate);
  const { eventId, currentRound, strategy, roundRow } = event;
  const engine = engineOf(strategy);
  const newest = roundRow.seededAtMs === null ? null : await newestClaim(stores.db, eventId, currentRound);
  return rowView(event, {
    issued: await engine.issuedInRows(stores.db, event, newest),
    soldOutAtMs: engine.soldOutAtMs(event, newest),
  });
}

/**
 * The gate of the event's current round. Null if there is none, if Redis does not answer, or if the gate is not trusted
 * yet: its seeder may have died, and the row may have changed since.
 */
export async function gateOf(stores: Stores, event: EventRow): Promise<Gate | null> {
  const gate = await engineOf(event.strategy)
    .readGate(stores, event.eventId)
    .catch(() => null);
  return gate?.round === event.currentRound && !isInert(gate) ? gate : null;
}

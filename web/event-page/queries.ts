import type { EventView, FirstcomeClient, ListedCoupon, OwnClaim } from '../shared/client.ts';
import { localMs, type ServerClock } from '../shared/clock.ts';
import { pollAfterMs } from './poll-pace.ts';
import { createQuery, type Query } from './query.ts';
import { visibility } from './visibility.ts';

/** An event, as the server last described it. */
export type SeenEvent = {
  event: EventView;
  opensAtMs: number;
  /** The server's time when the answer arrived. */
  seenAtMs: number;
  tookMs: number;
};

/** Reads the event repeatedly, at a pace that depends on its phase. */
export const eventQuery = (client: FirstcomeClient, clock: ServerClock, eventId: string): Query<SeenEvent> =>
  createQuery(
    {
      ask: async (signal) => {
        const askedMs = localMs();
        const event = await client.getEvent(eventId, signal);
        const tookMs = localMs() - askedMs;
        return { event, opensAtMs: Date.parse(event.opensAt), seenAtMs: clock.nowMs(), tookMs };
      },
      repeatAfterMs: ({ event, opensAtMs, seenAtMs, tookMs }) =>
        pollAfterMs({ phase: event.phase, opensAtMs, nowMs: seenAtMs, tookMs }),
    },
    visibility,
  );

/** The event that this device stored with its coupon. */
export const seenOnDevice = (event: EventView, clock: ServerClock): SeenEvent => ({
  ...{ event, opensAtMs: Date.parse(event.opensAt), seenAtMs: clock.nowMs(), tookMs: 0 },
});

/** Reads the person's own coupon for the event. Reads it again at growing intervals until MySQL has the claim. */
export function mineQuery(client: FirstcomeClient, eventId: string): Query<OwnClaim | null> {
  let asked = 0;
  return createQuery(
    {
      ask: (signal) => client.getMyClaim(eventId, signal),
      freshMs: 10_000,
      repeatAfterMs: (claim) => {
        if (claim?.state !== 'accepted') return null;
        asked += 1;
        return Math.min(30_000, 300 * 2 ** asked) * (0.75 + Math.random() * 0.5);
      },
    },
    visibility,
  );
}

export const listQuery = (client: FirstcomeClient): Query<EventView[]> =>
  createQuery({ ask: client.listEvents, repeatAfterMs: () => 15_000 + Math.random() * 15_000 }, visibility);

/**
 * Reads other events, for visitors who come after the sell-out. Such visitors come in crowds, so each page asks once,
 * at a random moment within 3 s.
 */
export const nextEventsQuery = (client: FirstcomeClient): Query<EventView[]> =>
  createQuery(
    {
      ask: async (signal) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3_000));
        signal.throwIfAborted();
        return client.listEvents(signal);
      },
      freshMs: Infinity,
    },
    visibility,
  );

export const myCouponsQuery = (client: FirstcomeClient, freshMs?: number): Query<ListedCoupon[]> =>
  createQuery({ ask: client.listMyCoupons, ...(freshMs !== undefined && { freshMs }) }, visibility);

import type { EventView } from '../core/views/event-view.ts';
import type { Events } from '../core/views/public-events.ts';
import { showEvent } from '../core/wire/event-wire.ts';

/** The answer to `event.list` as it is sent: to a call by itself, and to a batch of one. */
export type EventListing = { single: Buffer; batch: Buffer };

/**
 * Serializes the list once for everybody who asks while core remembers it (half a second): turning 100 events into JSON
 * takes longer than the rest of an answer. `phase` and `serverTime` are those of that moment.
 */
export function createEventListing(deps: {
  events: Pick<Events, 'list'>;
  clock: { nowMs(): number };
}): () => Promise<EventListing> {
  let kept: (EventListing & { of: EventView[] }) | undefined;
  return async () => {
    const views = await deps.events.list();
    if (kept?.of === views) return kept;
    const nowMs = deps.clock.nowMs();
    const json = JSON.stringify({ result: { data: views.map((view) => showEvent(view, nowMs)) } });
    kept = { of: views, single: Buffer.from(json), batch: Buffer.from(`[${json}]`) };
    return kept;
  };
}

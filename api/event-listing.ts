import type { EventView } from '../core/views/event-view.ts';
import type { Events } from '../core/views/public-events.ts';
import { showEvent } from '../core/wire/event-wire.ts';

/** The serialized answer to `event.list`: one for a single call, one for a batch of one. */
export type EventListing = { single: Buffer; batch: Buffer };

/**
 * Serializes the list once for all callers while core caches it (half a second), because serializing 100 events takes
 * longer than all other work for an answer. `phase` and `serverTime` are from the moment of serialization.
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

import type { EventView } from '../shared/client.ts';

const ranks: Record<EventView['phase'], number> = { open: 0, paused: 1, scheduled: 2, sold_out: 3, closed: 4 };

/** Open events come first, then future events (soonest first), then those whose coupons are gone (newest first). */
export function inOrder<Event extends Pick<EventView, 'phase' | 'opensAt'>>(events: readonly Event[]): Event[] {
  return events.toSorted((one, other) => {
    const byPhase = ranks[one.phase] - ranks[other.phase];
    if (byPhase !== 0) return byPhase;
    const byTime = Date.parse(one.opensAt) - Date.parse(other.opensAt);
    return ranks[one.phase] >= ranks.sold_out ? -byTime : byTime;
  });
}

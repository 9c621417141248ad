import { listEventOutlines, type EventOutline } from '../events/event-outlines.ts';
import { findEvents } from '../events/event-rows.ts';
import { eventPhase, phases, type Phase } from '../events/phase.ts';
import type { Stores } from '../stores/stores.ts';
import { adminView } from './admin-view.ts';
import type { AdminEventView } from './event-view.ts';
import { gateOf, viewOf } from './public-events.ts';

export const searchSorts = ['urgency', 'name', 'opensAt', 'closesAt'] as const;

export type EventSearch = {
  /** A part of the name, in upper or lower case. */
  search?: string | undefined;
  phase?: Phase | undefined;
  /** Only events that still need another admin's approval. */
  needsApproval?: true | undefined;
  opensFromMs?: number | undefined;
  opensBeforeMs?: number | undefined;
  /**
   * `urgency`: open events first, then paused ones, then those that are scheduled, then those that are sold out or
   * closed.
   */
  sort: (typeof searchSorts)[number];
  descending: boolean;
  offset: number;
  limit: number;
};

export type FoundEvents = {
  events: AdminEventView[];
  /** How many events match. */
  total: number;
  /** How many events of each phase match the name and the dates. */
  counts: Record<Phase, number>;
  /** How many events that match the name and the dates still need an approval. */
  unapproved: number;
  /** Whether older events were left out, because the search looks at a limited number of events. */
  truncated: boolean;
};

/** How many events a search looks at: those that open latest. A search with a range of dates finds older ones. */
const searchedMax = 1_000;

/** Finds the events for one page of a table, filtered and sorted. */
export async function searchEvents(stores: Stores, query: EventSearch): Promise<FoundEvents> {
  const { opensFromMs: fromMs, opensBeforeMs: beforeMs, offset, limit } = query;
  const outlines = await listEventOutlines(stores.db, { fromMs, beforeMs, limit: searchedMax + 1 });
  const named = outlines.slice(0, searchedMax).filter(({ name }) => isIn(name, query.search));
  const phased = await withPhases(stores, named);
  const matches = sortFound(
    phased.filter((event) => isWanted(event, query)),
    query,
  );
  const page = matches.slice(offset, offset + limit);
  const rows = await findEvents(
    stores.db,
    page.map(({ eventId }) => eventId),
  );
  const views = await Promise.all(
    page.flatMap(({ eventId }) => {
      const row = rows.get(eventId);
      return row === undefined ? [] : [adminView(stores, row)];
    }),
  );
  const counts = Object.fromEntries(
    phases.map((phase) => [phase, phased.filter((event) => event.phase === phase).length]),
  ) as Record<Phase, number>;
  const unapproved = phased.filter(isUnapproved).length;
  return { events: views, total: matches.length, counts, unapproved, truncated: outlines.length > searchedMax };
}

export type PhasedOutline = EventOutline & { phase: Phase };

const isUnapproved = ({ needsApproval, phase }: PhasedOutline): boolean => needsApproval && phase !== 'closed';

const isWanted = (event: PhasedOutline, { phase, needsApproval }: EventSearch): boolean =>
  (phase === undefined || event.phase === phase) && (needsApproval !== true || isUnapproved(event));

const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

const isIn = (name: string, search: string | undefined): boolean =>
  search === undefined || folded(name).includes(folded(search.trim()));

/**
 * Finds each event's phase. Asks Redis how many coupons an event has issued only if the event's round is running and
 * still in Redis.
 */
async function withPhases(stores: Stores, outlines: readonly EventOutline[]): Promise<PhasedOutline[]> {
  const nowMs = stores.clock.nowMs();
  const byRow = outlines.map((event) => ({
    ...event,
    phase: eventPhase(
      { ...event, issued: event.retiredCounter ?? (event.soldOutAtMs === null ? 0 : event.stock) },
      nowMs,
    ),
  }));
  const isRunning = ({ phase, retiredCounter }: (typeof byRow)[number]): boolean =>
    retiredCounter === null && (phase === 'open' || phase === 'sold_out');
  const rows = await findEvents(
    stores.db,
    byRow.filter(isRunning).map(({ eventId }) => eventId),
  );
  return Promise.all(
    byRow.map(async (event) => {
      const row = rows.get(event.eventId);
      if (row === undefined) return event;
      const view = await viewOf(stores, row, await gateOf(stores, row)).catch(() => null);
      return view === null ? event : { ...event, phase: eventPhase(view, nowMs) };
    }),
  );
}

const urgency: Record<Phase, number> = { open: 0, paused: 1, scheduled: 2, sold_out: 3, closed: 4 };

/** Sorts events. If two are equal in `sort`, the one that opens earlier comes first. */
export function sortFound(
  events: readonly PhasedOutline[],
  { sort, descending }: Pick<EventSearch, 'sort' | 'descending'>,
): PhasedOutline[] {
  const compare = comparisons[sort];
  const sign = descending ? -1 : 1;
  return events.toSorted((a, b) => sign * compare(a, b) || byOpening(a, b) || (a.eventId < b.eventId ? -1 : 1));
}

type Compare = (a: PhasedOutline, b: PhasedOutline) => number;

const byOpening: Compare = (a, b) => a.opensAtMs - b.opensAtMs;
const inOrder = new Intl.Collator(['ko', 'en'], { numeric: true });

const comparisons: Record<EventSearch['sort'], Compare> = {
  // Among scheduled events, the one that opens next comes first. In other phases, the one that opened last comes first.
  urgency: (a, b) =>
    urgency[a.phase] - urgency[b.phase] || (a.phase === 'scheduled' ? byOpening(a, b) : byOpening(b, a)),
  name: (a, b) => inOrder.compare(a.name, b.name),
  opensAt: byOpening,
  closesAt: (a, b) => (a.closesAtMs ?? Infinity) - (b.closesAtMs ?? Infinity) || 0,
};

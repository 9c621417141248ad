import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { useConsole } from '../shell/console-context.ts';
import type { Inputs, Outputs } from '../shell/session.ts';

export type FoundEvents = Outputs['admin']['event']['search'];
type SearchInput = NonNullable<Inputs['admin']['event']['search']>;

/** The event table's filters, as the address keeps them. Empty means no filter, or the default order. */
export const noFilters = { q: '', phase: '', from: '', to: '', sort: '', page: '' };
export type Filters = typeof noFilters;

/** The choices of the phase filter. */
export const phaseChoices = ['', 'open', 'paused', 'scheduled', 'sold_out', 'closed', 'unapproved'] as const;
export type PhaseChoice = (typeof phaseChoices)[number];

export const pageSize = 50;

const sorts = ['name', 'opensAt', 'closesAt'] as const;
export type SortName = (typeof sorts)[number];

/**
 * Reads a sort order from the address, such as `name` or `-name`. Null means the default order: open events first, then
 * those that open soonest.
 */
export function readSort(text: string): { by: SortName; descending: boolean } | null {
  const descending = text.startsWith('-');
  const by = sorts.find((sort) => sort === text.replace(/^-/, ''));
  return by === undefined ? null : { by, descending };
}

/**
 * The instant at which the day `daysLater` days after a day such as `2026-11-30` begins in the reader's zone. Undefined
 * if the text is not a day.
 */
export function dayStart(day: string, daysLater = 0): string | undefined {
  const [, year = '', month = '', date = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  return year === '' ? undefined : new Date(Number(year), Number(month) - 1, Number(date) + daysLater).toISOString();
}

/** Converts the filters to the server's input. Ignores an invalid filter in the address. */
export function searchInput({ q, phase, from, to, sort, page }: Filters): SearchInput {
  const choice = phaseChoices.find((each) => each === phase) ?? '';
  const sorted = readSort(sort);
  const [opensFrom, opensBefore] = [dayStart(from), dayStart(to, 1)];
  return {
    ...(q.trim() !== '' && { search: q.trim().slice(0, 200) }),
    ...(choice === 'unapproved' && { needsApproval: true }),
    ...(choice !== '' && choice !== 'unapproved' && { phase: choice }),
    ...(opensFrom !== undefined && { opensFrom }),
    ...(opensBefore !== undefined && { opensBefore }),
    ...(sorted !== null && { sort: sorted.by, descending: sorted.descending }),
    ...{ offset: (pageOf(page) - 1) * pageSize, limit: pageSize },
  };
}

/** Reads the page's number from the address; the first page is 1. */
export const pageOf = (page: string): number => Math.min(20, Math.max(1, Math.trunc(Number(page)) || 1));

/** The events that match the filters. Refreshes them while they are on the screen. */
export function useFoundEvents(filters: Filters) {
  const { client } = useConsole();
  const input = searchInput(filters);
  return useQuery({
    queryKey: ['events', 'search', input],
    queryFn: ({ signal }) => client.admin.event.search.query(input, { signal }),
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });
}

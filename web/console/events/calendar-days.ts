import { localIn } from '../parts/zoned-time.ts';
import type { AdminEvent } from '../shell/session.ts';

/** A day such as `2026-11-30`, without a time zone. */
export type Day = string;
export type Span = 'month' | 'week';

/** An opening or a closing, with its day and time in a time zone. */
export type CalendarEntry = { event: AdminEvent; kind: 'opens' | 'closes'; atMs: number; day: Day; time: string };

const dayMs = 86_400_000;
const msOf = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const dayAt = (ms: number): Day => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: Day, days: number): Day => dayAt(msOf(day) + days * dayMs);

/** The first day of the month that is `months` after the given day's month. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return dayAt(Date.UTC(year, month - 1 + months, 1));
}

/** Reads a day from the address. If the text is not a valid day, returns today. */
export const readDay = (text: string, today: Day): Day =>
  /^[12]\d{3}-\d{2}-\d{2}$/.test(text) && dayAt(Date.parse(`${text}T00:00:00Z`) || 0) === text ? text : today;

/**
 * The weeks of a day's month, or the day's own week, as lists of seven days. `firstDay` is the first day of a week; 0
 * is Sunday.
 */
export function weeksOf(day: Day, span: Span, firstDay: number): Day[][] {
  const startOfWeek = (each: Day): Day => addDays(each, -((new Date(msOf(each)).getUTCDay() - firstDay + 7) % 7));
  const first = startOfWeek(span === 'month' ? addMonths(day, 0) : day);
  const last = span === 'month' ? addDays(addMonths(day, 1), -1) : first;
  const weeks: Day[][] = [];
  for (let start = first; start <= last; start = addDays(start, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, at) => addDays(start, at)));
  }
  return weeks;
}

/**
 * Groups the openings and closings by day, in order of time. `zoneOf` gives the time zone in which to show an event.
 */
export function entriesByDay(
  events: readonly AdminEvent[],
  zoneOf: (event: AdminEvent) => string,
): Map<Day, CalendarEntry[]> {
  const entries = events.flatMap((event) => [
    entryOf(event, 'opens', event.opensAt),
    entryOf(event, 'closes', event.closesAt),
  ]);
  const byDay = new Map<Day, CalendarEntry[]>();
  for (const entry of entries.filter((each) => each !== null).sort((a, b) => a.time.localeCompare(b.time))) {
    byDay.set(entry.day, [...(byDay.get(entry.day) ?? []), entry]);
  }
  return byDay;

  function entryOf(event: AdminEvent, kind: CalendarEntry['kind'], at: string | null): CalendarEntry | null {
    if (at === null) return null;
    const atMs = Date.parse(at);
    const local = localIn(atMs, zoneOf(event));
    return { event, kind, atMs, day: local.slice(0, 10), time: local.slice(11, 16) };
  }
}

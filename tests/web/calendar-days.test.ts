import { describe, expect, it } from 'vitest';
import { addMonths, entriesByDay, readDay, weeksOf } from '../../web/console/events/calendar-days.ts';
import type { AdminEvent } from '../../web/console/shell/session.ts';

const anEvent = (over: Partial<AdminEvent>): AdminEvent => ({ closesAt: null, timeZone: null, ...over }) as AdminEvent;

describe('the weeks of a calendar', () => {
  it('cover the whole month, and each begins on the first day of the reader’s week', () => {
    const sundays = weeksOf('2026-11-30', 'month', 0);
    expect([sundays.length, sundays[0]?.[0], sundays.at(-1)?.at(-1)]).toEqual([5, '2026-11-01', '2026-12-05']);
    const mondays = weeksOf('2026-11-30', 'month', 1);
    expect([mondays.length, mondays[0]?.[0], mondays.at(-1)?.at(-1)]).toEqual([6, '2026-10-26', '2026-12-06']);
    expect(weeksOf('2027-02-15', 'month', 1)).toHaveLength(4);
  });

  it('are a single week if the calendar shows a week, even a week that spans two years', () => {
    expect(weeksOf('2027-01-01', 'week', 1)).toEqual([
      ['2026-12-28', '2026-12-29', '2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03'],
    ]);
  });

  it('move on from the last day of a long month to the next month, and skip no month', () => {
    expect(addMonths('2027-01-31', 1)).toBe('2027-02-01');
    expect(addMonths('2027-01-31', -1)).toBe('2026-12-01');
  });

  it('are those of the current month if the address does not contain a valid day', () => {
    for (const text of ['', '2026-02-30', '2026-13-01', 'tomorrow', '02026-01-01']) {
      expect(readDay(text, '2026-11-30')).toBe('2026-11-30');
    }
    expect(readDay('2024-02-29', '2026-11-30')).toBe('2024-02-29');
  });
});

it('the calendar shows openings and closings on their day in the chosen zone, in order of time', () => {
  const late = anEvent({ id: 'late', opensAt: '2026-11-30T15:30:00.000Z', closesAt: '2026-12-01T00:00:00.000Z' });
  const early = anEvent({ id: 'early', opensAt: '2026-11-30T15:00:00.000Z', timeZone: 'America/New_York' });
  const read = (zoneOf: (event: AdminEvent) => string) =>
    [...entriesByDay([late, early], zoneOf)].map(([day, entries]) => [
      day,
      ...entries.map(({ event, kind, time }) => `${time} ${event.id} ${kind}`),
    ]);
  expect(read(() => 'Asia/Seoul')).toEqual([
    ['2026-12-01', '00:00 early opens', '00:30 late opens', '09:00 late closes'],
  ]);
  expect(read(({ timeZone }) => timeZone ?? 'UTC')).toEqual([
    ['2026-12-01', '00:00 late closes'],
    ['2026-11-30', '10:00 early opens', '15:30 late opens'],
  ]);
});

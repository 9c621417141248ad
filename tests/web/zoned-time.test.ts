import { describe, expect, it } from 'vitest';
import { instantsOf, localIn } from '../../web/console/parts/zoned-time.ts';

const iso = (instants: number[] | null): string[] | null =>
  instants && instants.map((ms) => new Date(ms).toISOString());

describe('a local time', () => {
  it.each([
    ['2026-09-01T10:00', 'Asia/Seoul', ['2026-09-01T01:00:00.000Z']],
    ['2026-09-01T10:00:30', 'UTC', ['2026-09-01T10:00:30.000Z']],
    ['2026-09-01T10:00', 'Asia/Kathmandu', ['2026-09-01T04:15:00.000Z']],
    // The clocks go forward at 2:00. Times in the skipped hour don't exist, but the times before and after that hour
    // do.
    ['2026-03-29T01:59:59', 'Europe/Berlin', ['2026-03-29T00:59:59.000Z']],
    ['2026-03-29T02:00', 'Europe/Berlin', []],
    ['2026-03-29T02:59:59', 'Europe/Berlin', []],
    ['2026-03-29T03:00', 'Europe/Berlin', ['2026-03-29T01:00:00.000Z']],
    // The clocks go back at 3:00, so one hour occurs twice.
    ['2026-10-25T01:59:59', 'Europe/Berlin', ['2026-10-24T23:59:59.000Z']],
    ['2026-10-25T02:00', 'Europe/Berlin', ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']],
    ['2026-10-25T02:59:59', 'Europe/Berlin', ['2026-10-25T00:59:59.000Z', '2026-10-25T01:59:59.000Z']],
    ['2026-10-25T03:00', 'Europe/Berlin', ['2026-10-25T02:00:00.000Z']],
    // The clocks change by half an hour.
    ['2026-10-04T02:15', 'Australia/Lord_Howe', []],
    ['2026-04-05T01:45', 'Australia/Lord_Howe', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
    // Samoa skipped a whole day when it moved across the date line.
    ['2011-12-30T12:00', 'Pacific/Apia', []],
    ['2011-12-31T00:00', 'Pacific/Apia', ['2011-12-30T10:00:00.000Z']],
    // The clocks change at midnight, so the day begins at 1:00.
    ['2018-11-04T00:30', 'America/Sao_Paulo', []],
  ])('%s in %s is at %j', (local, timeZone, instants) => {
    expect(iso(instantsOf(local, timeZone))).toEqual(instants);
  });

  it.each([
    ['', 'UTC'],
    ['soon', 'UTC'],
    ['2026-09-01', 'UTC'],
    ['2026-02-30T25:00', 'UTC'],
    ['2026-09-01T10:00', ''],
    ['2026-09-01T10:00', 'Mars/Olympus'],
  ])('%j in %j is invalid', (local, timeZone) => {
    expect(instantsOf(local, timeZone)).toBeNull();
  });

  it('finds each instant again from its local time, over a year in many zones', () => {
    const zones = ['Europe/London', 'America/New_York', 'Asia/Seoul', 'Australia/Lord_Howe', 'America/St_Johns'];
    for (const timeZone of [...zones, 'Pacific/Chatham', 'Africa/Casablanca']) {
      // A day is not a multiple of 307 min, so the samples cover all times of day.
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 307 * 60_000) {
        const instants = instantsOf(localIn(ms, timeZone), timeZone);
        if (!instants?.includes(ms)) expect([timeZone, new Date(ms).toISOString(), iso(instants)]).toBeNull();
        if ((instants?.length ?? 0) > 2) expect([timeZone, iso(instants)]).toBeNull();
      }
    }
  });
});

it('an instant is formatted as clocks in the given zone show it', () => {
  const at = Date.UTC(2026, 8, 1, 1, 2, 3, 456);
  expect([localIn(at, 'Asia/Seoul'), localIn(at, 'America/New_York'), localIn(at, 'UTC')]).toEqual([
    ...['2026-09-01T10:02:03', '2026-08-31T21:02:03', '2026-09-01T01:02:03'],
  ]);
  expect(() => localIn(at, 'Mars/Olympus')).toThrow(RangeError);
});

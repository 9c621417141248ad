import { describe, expect, it } from 'vitest';
import { readRelativeTime, readTime, readTimeZone } from '../../../core/runtime/local-time.ts';

const ms = (iso: string): number => new Date(iso).getTime();
const problemOf = (text: string, zone?: string): string => {
  const read = readTime(text, zone);
  return read.ok ? `read as ${new Date(read.ms).toISOString()}` : read.problem.message;
};

describe('readTime', () => {
  it.each([
    ['2026-09-01T10:00:00+09:00', undefined, '2026-09-01T01:00:00.000Z'],
    ['2026-09-01T10:00:00+0900', undefined, '2026-09-01T01:00:00.000Z'],
    ['2026-09-01T10:00Z', undefined, '2026-09-01T10:00:00.000Z'],
    ['2026-09-01t10:00:00z', undefined, '2026-09-01T10:00:00.000Z'],
    ['2026-09-01 10:00:00Z', undefined, '2026-09-01T10:00:00.000Z'],
    ['2026-09-01T10:00:00.123999Z', undefined, '2026-09-01T10:00:00.123Z'],
    ['2026-09-01T10:00:00', 'Asia/Seoul', '2026-09-01T01:00:00.000Z'],
    ['2026-09-01T10:00', 'asia/seoul', '2026-09-01T01:00:00.000Z'],
    ['2026-03-29T03:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    // The offset determines the instant. The zone only determines how the instant is shown.
    ['2026-10-25T02:30:00+01:00', 'Europe/Berlin', '2026-10-25T01:30:00.000Z'],
    ['2028-02-29T00:00:00Z', undefined, '2028-02-29T00:00:00.000Z'],
  ])('reads %s in %s', (text, zone, iso) => {
    expect(readTime(text, zone)).toEqual({ ok: true, ms: ms(iso) });
  });

  it('refuses a local time without a time zone', () => {
    expect(problemOf('2026-09-01T10:00:00')).toContain('needs an offset');
  });

  it('refuses a local time that the time zone skips', () => {
    expect(problemOf('2026-03-29T02:30:00', 'Europe/Berlin')).toContain('does not exist in Europe/Berlin');
    expect(problemOf('2011-12-30T10:00:00', 'Pacific/Apia')).toContain('does not exist in Pacific/Apia');
  });

  it('refuses a local time that happens twice, and names both offsets', () => {
    expect(problemOf('2026-10-25T02:30:00', 'Europe/Berlin')).toBe(
      'happens twice in Europe/Berlin: give the offset that you mean, +02:00 or +01:00',
    );
  });

  it.each([
    '',
    'tomorrow',
    '2026-09-01',
    '10:00',
    '1767225600000',
    '2026-02-30T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-09-01T24:00:00Z',
    '2026-09-01T10:60:00Z',
    '2026-09-01T10:00:60Z',
    '2026-09-01T10:00:00+24:00',
    '2026-09-01T10:00:00+09:00[Asia/Seoul]',
    '+012026-09-01T10:00:00Z',
    ' 2026-09-01T10:00:00Z',
    '2026-09-01T10:00:00Z\n',
    '9999-12-31T23:59:59-12:00',
  ])('refuses %j', (text) => {
    expect(readTime(text).ok).toBe(false);
  });

  it.each(['Asia/Atlantis', '+09:00', '', '__proto__', 'UTC\n', '../etc'])('refuses the time zone %j', (zone) => {
    expect(readTime('2026-09-01T10:00:00', zone).ok).toBe(false);
  });
});

describe('readTimeZone', () => {
  it('returns the usual spelling', () => {
    expect(readTimeZone('asia/seoul')).toBe('Asia/Seoul');
    expect(readTimeZone('utc')).toBe('UTC');
  });

  it('treats offsets as offsets, not as time zones', () => {
    expect(readTimeZone('+09:00')).toBeNull();
  });
});

describe('readRelativeTime', () => {
  it.each([
    ['now', 5_000],
    ['+90s', 95_000],
    ['+10m', 605_000],
    ['+2h', 7_205_000],
    ['+1d', 86_405_000],
  ])('reads %s', (text, expected) => {
    expect(readRelativeTime(text, 5_000)).toBe(expected);
  });

  it.each(['-10m', '10m', '+10', '+1w', 'later', '+1.5h', '2026-09-01T10:00:00Z'])('does not read %s', (text) => {
    expect(readRelativeTime(text, 5_000)).toBeNull();
  });
});

import { expect, it } from 'vitest';
import { formatMoney } from '../../admin-cli/format-money.ts';
import { formatDistance, formatInstant, formatInstantShort, formatSpan } from '../../admin-cli/format-time.ts';
import { formatChange } from '../../admin-cli/show-audit.ts';

it.each([
  [0, 'now'],
  [499, 'now'],
  [-499, 'now'],
  [500, 'in 1 s'],
  [1_000, 'in 1 s'],
  [59_400, 'in 59 s'],
  [60_000, 'in 1 min'],
  [90_000, 'in 1 min 30 s'],
  [3 * 3_600_000, 'in 3 h'],
  [3 * 3_600_000 + 61_000, 'in 3 h 1 min'],
  [3 * 3_600_000 - 200, 'in 3 h'],
  [3_599_600, 'in 1 h'],
  [3 * 3_600_000 + 29_000, 'in 3 h'],
  [86_399_000, 'in 1 d'],
  [52 * 3_600_000, 'in 2 d 4 h'],
  [-5 * 60_000, '5 min ago'],
  [-400 * 86_400_000, '400 d ago'],
])('a relative time of %d ms is written as %s', (ms, told) => {
  expect(formatDistance(1_000_000 + ms, 1_000_000)).toBe(told);
});

it.each([
  ['Asia/Seoul', '2027-10-01 10:00:00 +09:00 (Asia/Seoul)'],
  ['UTC', '2027-10-01 01:00:00 +00:00 (UTC)'],
  ['America/St_Johns', '2027-09-30 22:30:00 -02:30 (America/St_Johns)'],
])('an instant in %s is written with its offset', (zone, told) => {
  expect(formatInstant(Date.UTC(2027, 9, 1, 1), zone)).toBe(told);
});

it('an instant at midnight is written with hour 00, and milliseconds are shown only if they are not zero', () => {
  expect(formatInstant(Date.UTC(2027, 9, 1, 0, 0, 0, 7), 'UTC')).toBe('2027-10-01 00:00:00.007 +00:00 (UTC)');
  expect(formatInstantShort(Date.UTC(2027, 9, 1), 'UTC')).toBe('2027-10-01 00:00 +00:00');
  expect(formatInstantShort(Date.UTC(2027, 9, 1, 0, 0, 30), 'UTC')).toBe('2027-10-01 00:00:30 +00:00');
});

it.each([
  [10_000n, 'KRW', 'KRW 10,000'],
  [1_250n, 'USD', 'USD 12.50'],
  [5n, 'USD', 'USD 0.05'],
  [1_234n, 'KWD', 'KWD 1.234'],
  [10_000n, 'IDR', 'IDR 100.00'],
  [10_000n, 'IQD', 'IQD 10.000'],
  [10_000n, 'WON', 'WON 10,000'],
  [100_000_000_000_000_000_001n, 'KRW', 'KRW 100,000,000,000,000,000,001'],
  [100_000_000_000_000_000_001n, 'USD', 'USD 1,000,000,000,000,000,000.01'],
])('an amount of %d %s is written as %s', (amount, currency, told) => {
  expect(formatMoney(amount, currency)).toBe(told);
});

it.each([
  [-5, '0 ms'],
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_940, '59.9 s'],
  [60_000, '1 min'],
  [3_600_000 + 120_000, '1 h 2 min'],
])('a duration of %d ms is written as %s', (ms, told) => {
  expect(formatSpan(ms)).toBe(told);
});

it('the audit trail lists all values after a create, and the old and new values after a change', () => {
  const page = { terms: null, validUntil: null };
  expect(formatChange({ before: null, after: { name: 'Sale', ...page } })).toBe('name Sale');
  expect(
    formatChange({ before: { name: 'Sale', ...page }, after: { name: 'Sale', terms: 'One each', validUntil: null } }),
  ).toBe('terms null -> One each');
  expect(formatChange({ before: { terms: 'One each' }, after: { terms: null } })).toBe('terms One each -> null');
});

import { expect, it } from 'vitest';
import { claimsFormats } from '../../../core/claims/claims-file.ts';

const claim = (serial: number, userId: string, persistedAt: string | null) => ({
  ...{ eventId: 'ev_1', round: 2, serial, userId, code: `AAAA-BBBB-CCCC-${serial}` },
  ...{ claimedAt: `2026-09-01T01:00:00.00${serial}Z`, persistedAt },
});
const storedAt = '2026-09-01T01:00:01.007Z';
const pages = [
  [claim(1, 'kim', storedAt), claim(2, '=1+1', storedAt)],
  [claim(3, 'a,"b"', null)],
  [claim(4, '-lee', storedAt), claim(5, '@park', storedAt)],
];

const written = (format: 'csv' | 'json', claims: typeof pages): string => {
  const file = claimsFormats[format];
  return [file.head, ...claims.map((page, at) => file.page(page, at === 0)), file.tail].join('');
};

it('a claims file in CSV has one line per claim, and no cell that a spreadsheet would run as a formula', () => {
  expect(written('csv', pages).split('\r\n')).toEqual([
    'event_id,round,serial,user_id,code,claimed_at,persisted_at',
    'ev_1,2,1,kim,AAAA-BBBB-CCCC-1,2026-09-01T01:00:00.001Z,2026-09-01T01:00:01.007Z',
    `ev_1,2,2,'=1+1,AAAA-BBBB-CCCC-2,2026-09-01T01:00:00.002Z,2026-09-01T01:00:01.007Z`,
    'ev_1,2,3,"a,""b""",AAAA-BBBB-CCCC-3,2026-09-01T01:00:00.003Z,',
    `ev_1,2,4,'-lee,AAAA-BBBB-CCCC-4,2026-09-01T01:00:00.004Z,2026-09-01T01:00:01.007Z`,
    `ev_1,2,5,'@park,AAAA-BBBB-CCCC-5,2026-09-01T01:00:00.005Z,2026-09-01T01:00:01.007Z`,
    '',
  ]);
});

it('a claims file in JSON is one list across all pages, and an empty list if there are no claims', () => {
  const rows = JSON.parse(written('json', pages)) as Record<string, unknown>[];
  expect(rows.map((row) => [row['serial'], row['user_id'], row['persisted_at']])).toEqual([
    [1, 'kim', storedAt],
    [2, '=1+1', storedAt],
    [3, 'a,"b"', null],
    [4, '-lee', storedAt],
    [5, '@park', storedAt],
  ]);
  expect(JSON.parse(written('json', []))).toEqual([]);
});

import { csvRow } from '../../core/csv.ts';
import type { AdminClaim } from '../../core/platform.ts';
import { isoTime, isoTimeOrNull } from '../../core/wire/time-wire.ts';

/** How claims are written out: what comes before the first page, each page, and what follows the last one. */
export type ExportFormat = {
  head: string;
  page(claims: readonly AdminClaim[], isFirst: boolean): string;
  tail: string;
};

const columns = ['event_id', 'round', 'serial', 'user_id', 'code', 'claimed_at', 'persisted_at'];

/** The names of the columns are those of the table `claims`. */
export const exportFormats: Record<'csv' | 'json', ExportFormat> = {
  csv: {
    head: csvRow(columns),
    page: (claims) => claims.map((claim) => csvRow(cellsOf(claim))).join(''),
    tail: '',
  },
  json: {
    head: '[',
    page: (claims, isFirst) =>
      claims
        .map((claim, at) => {
          const cells = cellsOf(claim);
          const row = Object.fromEntries(columns.map((name, column) => [name, cells[column] ?? null]));
          return `${isFirst && at === 0 ? '' : ','}\n${JSON.stringify(row)}`;
        })
        .join(''),
    tail: '\n]\n',
  },
};

function cellsOf(claim: AdminClaim): (string | number | null)[] {
  const { eventId, round, serial, userId, code, claimedAtMs, persistedAtMs } = claim;
  return [eventId, round, serial, userId, code, isoTime(claimedAtMs), isoTimeOrNull(persistedAtMs)];
}

import { csvRow } from '../runtime/csv.ts';

/** A claim with the fields of an export, as the API returns them. Times are ISO 8601. */
export type FiledClaim = {
  eventId: string;
  round: number;
  serial: number;
  userId: string;
  code: string;
  claimedAt: string;
  persistedAt: string | null;
};

/**
 * A file format for claims: the text before the first page, the text for each page, and the text after the last page.
 */
export type ClaimsFormat = {
  head: string;
  page(claims: readonly FiledClaim[], isFirst: boolean): string;
  tail: string;
};

/** The column names of the table `claims`. */
const columns = ['event_id', 'round', 'serial', 'user_id', 'code', 'claimed_at', 'persisted_at'];

export const claimsFormats: Record<'csv' | 'json', ClaimsFormat> = {
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

function cellsOf(claim: FiledClaim): (string | number | null)[] {
  const { eventId, round, serial, userId, code, claimedAt, persistedAt } = claim;
  return [eventId, round, serial, userId, code, claimedAt, persistedAt];
}

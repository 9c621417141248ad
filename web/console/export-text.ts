import { csvRow } from '../../core/csv.ts';
import type { Outputs } from './session.ts';

type Claim = Outputs['admin']['claim']['export']['claims'][number];

/** How claims are written out: what comes before the first page, each page, and what follows the last one. */
export type ClaimsText = {
  type: string;
  head: string;
  page(claims: readonly Claim[], isFirst: boolean): string;
  tail: string;
};

const columns = ['event_id', 'round', 'serial', 'user_id', 'code', 'claimed_at', 'persisted_at'];

const cellsOf = (claim: Claim): (string | number | null)[] => [
  ...[claim.eventId, claim.round, claim.serial, claim.userId, claim.code, claim.claimedAt, claim.persistedAt],
];

/** To the byte what the CLI writes. */
export const claimsTexts: Record<'csv' | 'json', ClaimsText> = {
  csv: {
    type: 'text/csv',
    head: csvRow(columns),
    page: (claims) => claims.map((claim) => csvRow(cellsOf(claim))).join(''),
    tail: '',
  },
  json: {
    type: 'application/json',
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

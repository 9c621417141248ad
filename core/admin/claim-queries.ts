import type { ShownCodes } from '../access/shown-codes.ts';
import type { AdminClaim } from '../claims/claim.ts';

/** Which claim is asked for: by its user, its serial or its code. Without a round, the current one (a code tells its own). */
export type ClaimQuery = { eventId: string; round?: number | undefined } & (
  { userId: string } | { serial: number } | { code: string }
);

/** What somebody shows who says that a claim is theirs. Without a round, whichever it fits. */
export type ClaimEvidence = {
  eventId: string;
  round?: number | undefined;
  userId: string;
  serial: number;
  code: string;
};

/** A page of an export. `codes` says whether its codes are masked. */
export type ExportedClaims = { round: number; codes: ShownCodes['codes']; claims: AdminClaim[] };

export type ClaimsPageQuery = {
  eventId: string;
  round?: number | undefined;
  afterSerial?: number | undefined;
  limit: number;
};

import type { ShownCodes } from '../access/shown-codes.ts';
import type { AdminClaim } from '../claims/claim.ts';

/**
 * Which claim to look up: by user, serial or code. If no round is named, a code is looked up in the round in which it
 * was issued, everything else in the current round.
 */
export type ClaimQuery = { eventId: string; round?: number | undefined } & (
  { userId: string } | { serial: number } | { code: string }
);

/** What a user presents to prove a claim. If no round is named, it is checked against every round, newest first. */
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

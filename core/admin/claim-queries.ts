import type { ShownCodes } from '../access/shown-codes.ts';
import type { AdminClaim } from '../claims/claim.ts';

/**
 * Which claim to look up: by user, serial or code. Without a `round`, a code is looked up in the round that issued it,
 * and a user or serial in the current round.
 */
export type ClaimQuery = { eventId: string; round?: number | undefined } & (
  { userId: string } | { serial: number } | { code: string }
);

/**
 * What a user presents to prove a claim. Without a `round`, the evidence is checked against every round, newest first.
 */
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

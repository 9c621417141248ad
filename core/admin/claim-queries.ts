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

/** A page of an export. `codes` says whether the page's codes are masked. */
export type ExportedClaims = { round: number; codes: ShownCodes['codes']; claims: AdminClaim[] };

/** Which claims of a round to show, by default all of its current round from the first serial. */
export type ClaimsBrowseQuery = {
  eventId: string;
  round?: number | undefined;
  /** `persisted` (the default): claims in MySQL. `accepted`: claims that wait for MySQL. */
  state?: AdminClaim['state'] | undefined;
  userId?: string | undefined;
  serial?: number | undefined;
  /** Only claims at or after this time. */
  fromAtMs?: number | undefined;
  /** Only claims before this time. */
  untilAtMs?: number | undefined;
  order: 'asc' | 'desc';
  /** The `nextAfter` of the previous page. */
  after?: number | undefined;
  limit: number;
};

/** A page of claims. `nextAfter` starts the next page, and is null at the end. */
export type BrowsedClaims = {
  round: number;
  codes: ShownCodes['codes'];
  claims: AdminClaim[];
  nextAfter: number | null;
};

/** A user's claim, with the name, amount and currency of its event. An older API does not send these three. */
export type FoundClaim = AdminClaim & Partial<{ eventName: string; amount: number; currency: string }>;

export type ClaimsPageQuery = {
  eventId: string;
  round?: number | undefined;
  afterSerial?: number | undefined;
  limit: number;
};

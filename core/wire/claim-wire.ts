import { z } from 'zod';
import type { BrowsedClaims, FoundClaim } from '../admin/claim-queries.ts';
import type { AdminClaim, OwnClaim, ListedClaim } from '../claims/claim.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from '../runtime/iso-time.ts';

/** A claim as its owner sees it. */
export const ownClaimOutput = z.object({
  serial: z.int().min(1),
  code: z.string(),
  claimedAt: timeOutput,
  round: z.int().min(1),
  state: z.enum(['accepted', 'persisted']),
});

/** A claim in its owner's list over several events. */
export const listedClaimOutput = ownClaimOutput.extend({
  eventId: z.string(),
  eventName: z.string(),
  amount: z.int().min(0),
  currency: z.string(),
  validUntil: timeOutput.nullable(),
});

/** A claim as admins see it. */
export const adminClaimOutput = ownClaimOutput.extend({
  eventId: z.string(),
  userId: z.string(),
  persistedAt: timeOutput.nullable(),
});

export const showOwnClaim = (claim: OwnClaim): z.output<typeof ownClaimOutput> => ({
  serial: claim.serial,
  code: claim.code,
  claimedAt: isoTime(claim.claimedAtMs),
  round: claim.round,
  state: claim.state,
});

export const showListedClaim = (claim: ListedClaim): z.output<typeof listedClaimOutput> => ({
  ...showOwnClaim(claim),
  eventId: claim.eventId,
  eventName: claim.eventName,
  amount: claim.amount,
  currency: claim.currency,
  validUntil: isoTimeOrNull(claim.validUntilMs),
});

export const showAdminClaim = (claim: AdminClaim): z.output<typeof adminClaimOutput> => ({
  ...showOwnClaim(claim),
  eventId: claim.eventId,
  userId: claim.userId,
  persistedAt: isoTimeOrNull(claim.persistedAtMs),
});

/** An admin's claim as a client reads it from an answer. */
export const adminClaimInput = adminClaimOutput.transform(({ claimedAt, persistedAt, ...same }): AdminClaim => ({
  ...same,
  claimedAtMs: Date.parse(claimedAt),
  persistedAtMs: readTimeOrNull(persistedAt),
}));

/** A page of an export: its claims, their round, and whether their codes are masked. */
export const exportedClaimsOutput = z.object({
  round: z.int().min(1),
  codes: z.enum(['shown', 'masked']),
  claims: z.array(adminClaimOutput),
});

/** A page as a client reads it. An older API does not mask codes and does not send `codes`. */
export const exportedClaimsInput = exportedClaimsOutput.extend({
  codes: z.enum(['shown', 'masked']).default('shown'),
  claims: z.array(adminClaimInput),
});

/** One of a user's claims, with the name and the amount of its event. */
export const foundClaimOutput = adminClaimOutput.extend({
  eventName: z.string().optional(),
  amount: z.int().min(0).optional(),
  currency: z.string().optional(),
});

export const showFoundClaim = (claim: FoundClaim): z.output<typeof foundClaimOutput> => {
  const { eventName, amount, currency } = claim;
  return { ...showAdminClaim(claim), eventName, amount, currency };
};

/** A page of claims. For the next page, pass `nextAfter` as `after`, until it is null. */
export const browsedClaimsOutput = z.object({
  round: z.int().min(1),
  codes: z.enum(['shown', 'masked']),
  claims: z.array(adminClaimOutput).max(200),
  nextAfter: z.int().nullable(),
});

export const showBrowsedClaims = ({ claims, ...page }: BrowsedClaims): z.output<typeof browsedClaimsOutput> => ({
  ...page,
  claims: claims.map(showAdminClaim),
});

/** A page as a client reads it from an answer. */
export const browsedClaimsInput = browsedClaimsOutput.extend({ claims: z.array(adminClaimInput) });

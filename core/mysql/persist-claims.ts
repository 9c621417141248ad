import type { Db } from './open-db.ts';

/** A decided claim as an outbox has it: `entryId` and `position` say where. */
export type OutboxClaim = {
  serial: number;
  userId: string;
  code: string;
  claimedAtMs: number;
  entryId: string;
  position: number;
};

export const claimFaultReasons = [
  'serial_taken',
  'duplicate_user',
  'duplicate_code',
  'over_stock',
  'unknown_round',
  'malformed',
] as const;
export type ClaimFaultReason = (typeof claimFaultReasons)[number];

/** A claim that MySQL can't take, and why; it is in `claim_faults` by the time it is returned. */
export type ClaimFault = { claim: OutboxClaim; reason: ClaimFaultReason; detail: string };

/**
 * Stores claims of one round, up to some 2,000 at a time, each once: those that are stored already are left as they are.
 * When it resolves, every claim is either in `claims`, exactly as given, or in `claim_faults`; the outbox entries may be
 * deleted. Throws when MySQL doesn't answer or refuses for a reason that is not in the claims; call it again later.
 */
export function persistClaims(
  _db: Db,
  _batch: { eventId: string; round: number; claims: OutboxClaim[] },
): Promise<{ persisted: number; faults: ClaimFault[] }> {
  return Promise.reject(new Error('not built yet'));
}

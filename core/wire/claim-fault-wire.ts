import { z } from 'zod';
import type { FaultsPage } from '../admin/fault-admin.ts';
import type { ClaimFaultView } from '../claims/claim-faults.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from '../runtime/iso-time.ts';

/**
 * A claim that MySQL could not store. It is `open` until an operator settles it, or until it is `stored` after all. The
 * code is never shown.
 */
export const claimFaultOutput = z.object({
  id: z.int(),
  eventId: z.string(),
  round: z.int(),
  state: z.enum(['open', 'stored', 'settled']),
  /** `serial` and `claimedAt` are null if the outbox held no valid value. */
  serial: z.int().nullable(),
  userId: z.string(),
  claimedAt: timeOutput.nullable(),
  reason: z.string(),
  detail: z.string(),
  since: timeOutput,
  settledAt: timeOutput.nullable(),
  settledBy: z.string().nullable(),
  settledReason: z.string().nullable(),
});

export type ClaimFaultWire = z.output<typeof claimFaultOutput>;

/** `open` counts all open faults, including those beyond the limit. */
export const claimFaultsOutput = z.object({ open: z.int(), faults: z.array(claimFaultOutput) });

export function showClaimFault(fault: ClaimFaultView): ClaimFaultWire {
  const { id, eventId, round, serial, userId, claimedAtMs, reason, detail, createdAtMs, settled } = fault;
  return {
    ...{ id, eventId, round, state: faultState(fault), serial, userId },
    claimedAt: isoTimeOrNull(claimedAtMs),
    ...{ reason, detail, since: isoTime(createdAtMs) },
    settledAt: isoTimeOrNull(settled?.atMs ?? null),
    settledBy: settled?.by ?? null,
    settledReason: settled?.reason ?? null,
  };
}

export const showClaimFaults = ({ faults, open }: FaultsPage): z.output<typeof claimFaultsOutput> => ({
  open,
  faults: faults.map(showClaimFault),
});

/** `stored` takes precedence over `settled`, because the user has the claim. */
export function faultState({ stored, settled }: Pick<ClaimFaultView, 'stored' | 'settled'>): ClaimFaultWire['state'] {
  if (stored) return 'stored';
  return settled === null ? 'open' : 'settled';
}

/** A fault as a client reads it from an answer. */
export const claimFaultInput = claimFaultOutput.transform(
  ({ state, claimedAt, since, settledAt, settledBy, settledReason, ...same }): ClaimFaultView => ({
    ...same,
    claimedAtMs: readTimeOrNull(claimedAt),
    createdAtMs: Date.parse(since),
    stored: state === 'stored',
    settled:
      settledAt === null ? null : { atMs: Date.parse(settledAt), by: settledBy ?? '', reason: settledReason ?? '' },
  }),
);

export const claimFaultsInput = claimFaultsOutput.extend({ faults: z.array(claimFaultInput) });

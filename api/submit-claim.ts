import { z } from 'zod';
import type { ClaimOutcome } from '../core/claims/claim.ts';
import type { Claims } from '../core/engines/claims.ts';
import type { StrategyName } from '../core/events/event.ts';
import { eventId } from '../core/events/fields.ts';
import { LookupRefused } from '../core/events/known-events.ts';
import { Fault, type FaultCode } from '../core/runtime/fault.ts';
import { isoTime, isoTimeOrNull, timeOutput } from '../core/runtime/iso-time.ts';
import { tallyOutcomeOf, type TallyOutcome } from '../core/tally/claim-tally.ts';

export const submitClaimInput = z.object({ eventId });

export const submitClaimOutput = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('issued'),
    serial: z.int().min(1),
    code: z.string(),
    claimedAt: timeOutput,
    round: z.int().min(1),
    replayed: z.boolean(),
  }),
  z.object({ status: z.literal('sold_out') }),
  z.object({ status: z.literal('not_open'), opensAt: timeOutput, serverTime: timeOutput }),
  z.object({ status: z.literal('paused') }),
  z.object({ status: z.literal('closed') }),
  z.object({ status: z.literal('not_admitted'), lineOpensAt: timeOutput.nullable() }),
]);

export type SubmittedClaim = z.output<typeof submitClaimOutput>;

/** The outcome of a claim, for the metrics. */
export type ClaimResult = TallyOutcome | FaultCode;

/** Called after each claim with its event, its outcome and its duration. The event is null if it may not exist. */
export type ObserveClaim = (eventId: string | null, result: ClaimResult, durationMs: number) => void;

/**
 * Claims one coupon of the event for the user. With `only`, the event must have that strategy. Throws what
 * `Claims.submit` throws.
 */
export async function submitClaim(
  services: { claims: Claims; observeClaim: ObserveClaim },
  userId: string,
  input: z.output<typeof submitClaimInput>,
  only?: StrategyName,
): Promise<SubmittedClaim> {
  const startedMs = performance.now();
  try {
    const outcome = await services.claims.submit(input.eventId, userId, only);
    services.observeClaim(input.eventId, tallyOutcomeOf(outcome), performance.now() - startedMs);
    return showOutcome(outcome);
  } catch (err) {
    const eventId = err instanceof LookupRefused ? null : input.eventId;
    services.observeClaim(eventId, err instanceof Fault ? err.code : 'error', performance.now() - startedMs);
    throw err;
  }
}

function showOutcome(outcome: ClaimOutcome): SubmittedClaim {
  switch (outcome.status) {
    case 'issued':
      return {
        status: 'issued',
        serial: outcome.serial,
        code: outcome.code,
        claimedAt: isoTime(outcome.claimedAtMs),
        round: outcome.round,
        replayed: outcome.replayed,
      };
    case 'not_open':
      return { status: 'not_open', opensAt: isoTime(outcome.opensAtMs), serverTime: isoTime(outcome.serverTimeMs) };
    case 'not_admitted':
      return { status: 'not_admitted', lineOpensAt: isoTimeOrNull(outcome.lineOpensAtMs) };
    case 'sold_out':
    case 'paused':
    case 'closed':
      return { status: outcome.status };
  }
}

import { z } from 'zod';
import type { ClaimProof, ClaimRestored, ClaimHistory, SetAside } from '../claims/claim-history.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from '../runtime/iso-time.ts';

const round = z.int().min(1);

const setAsideOutput = z.object({
  ...{ reason: z.string(), detail: z.string(), at: timeOutput },
  /** Null until somebody settles the fault. */
  settledAt: timeOutput.nullable(),
  settledBy: z.string().nullable(),
  settledReason: z.string().nullable(),
});

/** What became of one claim. */
export const claimHistoryOutput = z.object({
  eventId: z.string(),
  round,
  state: z.enum(['persisted', 'accepted', 'deciding', 'set_aside', 'differs', 'none', 'unknown']),
  claim: z.object({ serial: z.number(), userId: z.string(), code: z.string(), claimedAt: timeOutput }).nullable(),
  persistedAt: timeOutput.nullable(),
  inRedis: z.enum(['winner', 'absent', 'not_used', 'retired', 'lost', 'unreachable']),
  /** Null if Redis did not answer. */
  inOutbox: z.boolean().nullable(),
  inMySql: z.enum(['stored', 'absent']),
  setAside: setAsideOutput.nullable(),
  otherRounds: z.array(round),
  /** What happened, in sentences for people. */
  account: z.string(),
});

export const showClaimHistory = (story: ClaimHistory): z.output<typeof claimHistoryOutput> => {
  const { eventId, round: itsRound, state, claim, persistedAtMs, inRedis, inOutbox, inMySql, setAside } = story;
  const { otherRounds, account } = story;
  // The fields are in the schema's order, so that the HTTP answer has the same order.
  return {
    ...{ eventId, round: itsRound, state },
    claim: claim && {
      ...{ serial: claim.serial, userId: claim.userId, code: claim.code },
      claimedAt: isoTime(claim.claimedAtMs),
    },
    persistedAt: isoTimeOrNull(persistedAtMs),
    ...{ inRedis, inOutbox, inMySql },
    setAside: setAside && showSetAside(setAside),
    ...{ otherRounds, account },
  };
};

const showSetAside = ({ reason, detail, atMs, settled }: SetAside): z.output<typeof setAsideOutput> => ({
  ...{ reason, detail, at: isoTime(atMs) },
  settledAt: isoTimeOrNull(settled?.atMs ?? null),
  settledBy: settled?.by ?? null,
  settledReason: settled?.reason ?? null,
});

/** `setAside` as a client reads it. An older API does not send who settled a fault. */
const setAsideInput = setAsideOutput
  .extend({
    settledAt: timeOutput.nullable().default(null),
    settledBy: z.string().nullable().default(null),
    settledReason: z.string().nullable().default(null),
  })
  .transform(({ reason, detail, at, settledAt, settledBy, settledReason }): SetAside => ({
    ...{ reason, detail, atMs: Date.parse(at) },
    settled:
      settledAt === null ? null : { atMs: Date.parse(settledAt), by: settledBy ?? '', reason: settledReason ?? '' },
  }));

/** A claim's history as a client reads it from an answer. */
export const claimHistoryInput = claimHistoryOutput
  .extend({ setAside: setAsideInput.nullable() })
  .transform(({ claim, persistedAt, ...same }): ClaimHistory => ({
    ...same,
    claim: claim && {
      ...{ serial: claim.serial, userId: claim.userId, code: claim.code },
      claimedAtMs: Date.parse(claim.claimedAt),
    },
    persistedAtMs: readTimeOrNull(persistedAt),
  }));

const standing = z.enum(['held', 'lost', 'taken', 'moved', 'unclear', 'forged']);

/** How a claim's evidence compares with the stores. */
export const claimProofOutput = z.object({
  eventId: z.string(),
  round: round.nullable(),
  genuine: z.boolean(),
  standing,
  account: z.string(),
});

export const claimProofInput = claimProofOutput.transform((proof): ClaimProof => proof);

/** The result of restoring a claim. */
export const claimRestoredOutput = z.object({
  eventId: z.string(),
  round: round.nullable(),
  genuine: z.boolean(),
  before: standing,
  restored: z.boolean(),
  held: z.boolean(),
  account: z.string(),
});

export const claimRestoredInput = claimRestoredOutput.transform((restored): ClaimRestored => restored);

import { z } from 'zod';
import type { ClaimProof, ClaimRestored, ClaimStory } from '../claim-story.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from './time-wire.ts';

const round = z.int().min(1);

/** What became of one claim. */
export const claimStoryOutput = z.object({
  eventId: z.string(),
  round,
  state: z.enum(['persisted', 'accepted', 'deciding', 'set_aside', 'differs', 'none', 'unknown']),
  claim: z.object({ serial: z.number(), userId: z.string(), code: z.string(), claimedAt: timeOutput }).nullable(),
  persistedAt: timeOutput.nullable(),
  inRedis: z.enum(['winner', 'absent', 'not_used', 'retired', 'lost', 'unreachable']),
  /** Null when Redis did not answer. */
  inOutbox: z.boolean().nullable(),
  inMySql: z.enum(['stored', 'absent']),
  setAside: z.object({ reason: z.string(), detail: z.string(), at: timeOutput }).nullable(),
  otherRounds: z.array(round),
  /** For people. */
  account: z.string(),
});

export const showClaimStory = (story: ClaimStory): z.output<typeof claimStoryOutput> => {
  const { eventId, round: itsRound, state, claim, persistedAtMs, inRedis, inOutbox, inMySql, setAside } = story;
  const { otherRounds, account } = story;
  // In the order of the schema, in which it comes over HTTP too.
  return {
    ...{ eventId, round: itsRound, state },
    claim: claim && {
      ...{ serial: claim.serial, userId: claim.userId, code: claim.code },
      claimedAt: isoTime(claim.claimedAtMs),
    },
    persistedAt: isoTimeOrNull(persistedAtMs),
    ...{ inRedis, inOutbox, inMySql },
    setAside: setAside && { reason: setAside.reason, detail: setAside.detail, at: isoTime(setAside.atMs) },
    ...{ otherRounds, account },
  };
};

/** The same as a client reads it. */
export const claimStoryInput = claimStoryOutput.transform(({ claim, persistedAt, setAside, ...same }): ClaimStory => ({
  ...same,
  claim: claim && {
    ...{ serial: claim.serial, userId: claim.userId, code: claim.code },
    claimedAtMs: Date.parse(claim.claimedAt),
  },
  persistedAtMs: readTimeOrNull(persistedAt),
  setAside: setAside && { reason: setAside.reason, detail: setAside.detail, atMs: Date.parse(setAside.at) },
}));

const standing = z.enum(['held', 'lost', 'taken', 'moved', 'unclear', 'forged']);

/** What evidence of a claim is worth. */
export const claimProofOutput = z.object({
  eventId: z.string(),
  round: round.nullable(),
  genuine: z.boolean(),
  standing,
  account: z.string(),
});

export const claimProofInput = claimProofOutput.transform((proof): ClaimProof => proof);

/** What came of putting back a claim. */
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

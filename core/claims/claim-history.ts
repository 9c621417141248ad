/** What MySQL knows about a claim. */
export type InMySql = 'stored' | 'absent';

/**
 * What Redis knows about a claim.
 * - `not_used`: the strategy keeps no winners in Redis;
 * - `retired`: the round has left Redis;
 * - `lost`: Redis has lost all or part of the round, so a user who is missing there may still be a winner.
 */
export type InRedis = 'winner' | 'absent' | 'not_used' | 'retired' | 'lost' | 'unreachable';

/** A claim that MySQL could not store. `settled` is null until an operator decides about the claim. */
export type SetAside = {
  reason: string;
  detail: string;
  atMs: number;
  settled: { atMs: number; by: string; reason: string } | null;
};

/**
 * What happened to one claim, according to the stores.
 * - `persisted`: it is in MySQL, and nothing contradicts that;
 * - `accepted`: it is decided and on its way to MySQL;
 * - `deciding`: a counter gave the user a number that is being written to MySQL, and nothing has been promised yet;
 * - `set_aside`: it is decided, but MySQL could not store it;
 * - `differs`: the stores contradict each other, or one of them lost the claim;
 * - `none`: there is no such claim;
 * - `unknown`: MySQL has no such claim (yet), and Redis did not answer or has lost its data.
 */
export type ClaimState = 'persisted' | 'accepted' | 'deciding' | 'set_aside' | 'differs' | 'none' | 'unknown';

export type ClaimHistory = {
  eventId: string;
  round: number;
  state: ClaimState;
  claim: { serial: number; userId: string; code: string; claimedAtMs: number } | null;
  persistedAtMs: number | null;
  inRedis: InRedis;
  /** Null if Redis did not answer. */
  inOutbox: boolean | null;
  inMySql: InMySql;
  setAside: SetAside | null;
  /** Other rounds of the event in which the same user has a claim in MySQL. */
  otherRounds: number[];
  /** What happened, in sentences for people to read. */
  account: string;
};

/** What is known about a claim. `explainClaim` turns it into a `ClaimHistory`. */
export type ClaimFacts = Omit<ClaimHistory, 'state' | 'account'> & {
  /** Whether the winner in Redis, the outbox and the row in MySQL agree. */
  agree: boolean;
  /** Whether a number that a counter gave this user is being written to MySQL. */
  deciding: boolean;
  nowMs: number;
  /** How the round ended, or another reason why the user may have no claim. */
  ending: string;
};

/** Says what happened to a claim, from what the stores have. */
export function explainClaim(facts: ClaimFacts): ClaimHistory {
  const { agree: _agree, deciding: _deciding, nowMs: _nowMs, ending: _ending, ...seen } = facts;
  const state = stateOf(facts);
  return {
    ...seen,
    state,
    account: [accountOf(state, facts), othersOf(facts)].filter((text) => text !== '').join(' '),
  };
}

function stateOf(facts: ClaimFacts): ClaimState {
  const { claim, agree, inRedis, inOutbox, inMySql, setAside } = facts;
  if (claim === null && facts.deciding) return 'deciding';
  if (claim === null) return inRedis === 'unreachable' || inRedis === 'lost' ? 'unknown' : 'none';
  if (inMySql === 'stored') return agree ? 'persisted' : 'differs';
  if (setAside !== null) return 'set_aside';
  return agree && inOutbox === true ? 'accepted' : 'differs';
}

function accountOf(state: ClaimState, facts: ClaimFacts): string {
  const { claim, round, persistedAtMs, nowMs, setAside, inRedis } = facts;
  const who = claim === null ? '' : `${claim.userId} has serial ${claim.serial} of round ${round}`;
  const reconcile = 'Run `reconcile` for the event: it says what can be fixed.';
  switch (state) {
    case 'persisted': {
      const after = claim === null || persistedAtMs === null ? 0 : Math.max(0, persistedAtMs - claim.claimedAtMs);
      const unasked = inRedis === 'unreachable' ? ' Redis did not answer, so only MySQL was asked.' : '';
      return `${who}, stored in MySQL ${after} ms after the claim.${unasked}`;
    }
    case 'accepted': {
      const seconds = claim === null ? 0 : Math.max(0, Math.round((nowMs - claim.claimedAtMs) / 1_000));
      return `${who}: accepted ${seconds} s ago, and on its way to MySQL.`;
    }
    case 'deciding':
      return `The claim is being decided: a number from round ${round} is being written to MySQL, and it is not promised to anybody yet. Ask again in a few seconds.`;
    case 'set_aside':
      return `${who}: accepted. ${explainSetAside(setAside, reconcile)}`;
    case 'differs':
      return `${who}, but the stores disagree about it. ${reconcile}`;
    case 'none':
      return `There is no such claim in round ${round}, in either store. ${facts.ending}`.trim();
    case 'unknown':
      return inRedis === 'lost'
        ? `MySQL has no such claim in round ${round}. Redis has lost all or part of the round, so the claim may have been accepted. ${reconcile}`
        : `MySQL has no such claim in round ${round}. Redis did not answer, so the claim may have been accepted. Ask again when Redis is back.`;
  }
}

/** Says why MySQL lacks an accepted claim, and what an operator decided about it or should do next. */
function explainSetAside(setAside: SetAside | null, open: string): string {
  if (setAside === null) return open;
  const { reason, detail, settled } = setAside;
  const refused = `MySQL could not store it (${reason}: ${detail}).`;
  if (settled === null) return `${refused} ${open}`;
  const { atMs, by, reason: why } = settled;
  return `${refused} ${by} settled it at ${new Date(atMs).toISOString()}: "${why}". MySQL has no such claim unless it is restored.`;
}

const othersOf = ({ otherRounds }: ClaimFacts): string =>
  otherRounds.length === 0 ? '' : `The same user has a claim in round ${otherRounds.join(', ')}.`;

/**
 * How a user's evidence compares with the stores. A code is computed from the round's key, the serial and the user, so
 * a matching code proves that this system issued exactly that claim.
 * - `held`: the code matches, and the user still has the claim;
 * - `lost`: the code matches, and nobody has the serial any more;
 * - `taken`: the code matches, and a different user now has the serial;
 * - `moved`: the code matches, and the user now has a different serial;
 * - `unclear`: the code matches, and Redis did not answer or has lost its data;
 * - `forged`: the code does not match.
 */
export type ProofStanding = 'held' | 'lost' | 'taken' | 'moved' | 'unclear' | 'forged';

export type ClaimProof = {
  eventId: string;
  /** The round whose key the code matches; null if the code is forged. */
  round: number | null;
  genuine: boolean;
  standing: ProofStanding;
  account: string;
};

/** What a standing means, in sentences for people to read. */
export function explainProof(
  standing: ProofStanding,
  { userId, serial }: { userId: string; serial: number },
  mine: Pick<ClaimHistory, 'eventId' | 'state' | 'setAside'> | null = null,
): string {
  const genuine = `Genuine: this system gave ${userId} serial ${serial} with this code.`;
  switch (standing) {
    case 'held':
      if (mine?.state === 'set_aside') {
        const open = `Nobody has settled it: \`claims faults ${mine.eventId}\`.`;
        return `${genuine} ${explainSetAside(mine.setAside, open)}`;
      }
      return `${genuine} The user still has the claim.`;
    case 'lost':
      return `${genuine} No store has the claim any more, and nobody else has the serial: the claim was lost. An operator can restore it: \`claims restore\`.`;
    case 'taken':
      return `${genuine} Somebody else has the serial now. Both users were promised the serial, so a person has to decide.`;
    case 'moved':
      return `${genuine} The user now has a different serial of that round, so nothing is owed.`;
    case 'unclear':
      return `${genuine} Redis can't say whether the claim is still there. \`claims show\` says why; ask again when it can.`;
    case 'forged':
      return 'Not genuine: this code was never given out for this event, user and serial.';
  }
}

/** The result of restoring a claim that a user proved. `before` is the evidence's standing before the restore. */
export type ClaimRestored = {
  eventId: string;
  /** The round whose key the code matches; null if the code is forged. */
  round: number | null;
  genuine: boolean;
  before: ProofStanding;
  /** Whether anything was restored; false if nothing was missing. */
  restored: boolean;
  /** Whether every store that should have the claim has it now. */
  held: boolean;
  account: string;
};

/** The result of a restore, in sentences for people to read. */
export function explainRestored(
  { before, restored }: Pick<ClaimRestored, 'before' | 'restored'>,
  claim: { userId: string; serial: number },
): string {
  if (restored) return `Restored: ${claim.userId} has serial ${claim.serial} again.`;
  const nothingDone = before === 'held' ? 'Nothing was missing.' : 'Nothing was changed.';
  return `${explainProof(before, claim)} ${nothingDone}`;
}

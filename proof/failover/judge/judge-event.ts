import type { ToldAnswer } from '../load/ledger.ts';
import { isDecided } from '../load/ledger.ts';

/** What was seen of one event in a run, from outside of the system. */
export type EventSeen = {
  /** The answers to the event's users, in the order in which they arrived. */
  answers: ToldAnswer[];
  /** Each user's serial in MySQL, read when the outbox was empty and an operator had made all necessary repairs. */
  stored: ReadonlyMap<string, number>;
  /** Whether the event stopped as `gate_lost`, and so announced that claims may be missing. */
  said: boolean;
  faultAtMs: number;
};

export type EventVerdict = {
  /** Users who were told "issued". */
  told: number;
  /**
   * Claims that users were told and that no store has. In `lostSaid` the event announced that claims may be missing; in
   * `lostSilently` it did not.
   */
  lostSaid: ToldClaim[];
  lostSilently: ToldClaim[];
  /** How many serials, or codes, were told to more than one user. */
  serialToldTwice: number;
  /** How many users were told more than one serial or code. */
  userWithTwoCodes: number;
  /**
   * The longest time without a decided answer, counted from the fault on. Null if no answer was decided after the
   * fault.
   */
  unavailableMs: number | null;
  /**
   * The time from the fault to the first decided answer to a call that was sent after the fault. Null if there was
   * none.
   */
  firstDecidedAfterMs: number | null;
};

export type ToldClaim = { userId: string; serial: number; code: string };

/** Compares what users were told with what is stored. */
export function judgeEvent({ answers, stored, said, faultAtMs }: EventSeen): EventVerdict {
  const told = toldClaims(answers);
  const byUser = Map.groupBy(told, ({ userId }) => userId);
  const lost = [...byUser.values()].flatMap(([first]) =>
    first !== undefined && stored.get(first.userId) !== first.serial ? [first] : [],
  );
  return {
    told: byUser.size,
    lostSaid: said ? lost : [],
    lostSilently: said ? [] : lost,
    serialToldTwice: countShared(told, ({ serial }) => String(serial)) + countSharedCodes(told),
    userWithTwoCodes: [...byUser.values()].filter((claims) => claims.length > 1).length,
    unavailableMs: longestSilence(answers, faultAtMs),
    firstDecidedAfterMs: firstAfter(answers, faultAtMs),
  };
}

/** All claims that users were told, without repetitions. A user who was always told the same claim has one entry. */
function toldClaims(answers: ToldAnswer[]): ToldClaim[] {
  const claims = new Map<string, ToldClaim>();
  for (const { userId, outcome } of answers) {
    if (outcome.status !== 'issued') continue;
    const { serial, code } = outcome;
    claims.set(`${userId} ${serial} ${code}`, { userId, serial, code });
  }
  return [...claims.values()];
}

const countShared = (told: ToldClaim[], of: (claim: ToldClaim) => string): number =>
  [...Map.groupBy(told, of).values()].filter((claims) => new Set(claims.map(({ userId }) => userId)).size > 1).length;

/** How many codes two users have, although their serials differ. */
function countSharedCodes(told: ToldClaim[]): number {
  return [...Map.groupBy(told, ({ code }) => code).values()].filter(
    (claims) =>
      new Set(claims.map(({ userId }) => userId)).size > 1 && new Set(claims.map(({ serial }) => serial)).size > 1,
  ).length;
}

function longestSilence(answers: ToldAnswer[], faultAtMs: number): number | null {
  const decided = answers.filter((answer) => isDecided(answer) && answer.receivedAtMs >= faultAtMs);
  if (decided.length === 0) return null;
  let [last, longest] = [faultAtMs, 0];
  for (const { receivedAtMs } of decided.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)) {
    longest = Math.max(longest, receivedAtMs - last);
    last = receivedAtMs;
  }
  return Math.round(longest);
}

function firstAfter(answers: ToldAnswer[], faultAtMs: number): number | null {
  const decided = answers.filter((answer) => isDecided(answer) && answer.sentAtMs >= faultAtMs);
  const first = decided.reduce((least, { receivedAtMs }) => Math.min(least, receivedAtMs), Infinity);
  return first === Infinity ? null : Math.round(first - faultAtMs);
}

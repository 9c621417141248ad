import type { ToldAnswer } from '../load/ledger.ts';
import { isDecided } from '../load/ledger.ts';

/** What was observed of one event in a run, from outside the system. */
export type EventSeen = {
  /** All answers to the event's users, in the order of arrival. */
  answers: ToldAnswer[];
  /** Each user's serial in MySQL, once the outbox is empty and an operator has made all necessary repairs. */
  stored: ReadonlyMap<string, number>;
  /** Whether the event stopped as `gate_lost`, which says that claims may be missing. */
  said: boolean;
  faultAtMs: number;
};

export type EventVerdict = {
  /** Users who saw "issued". */
  told: number;
  /**
   * Claims that users saw as issued and that no store has: `lostSaid` if the event stopped and said so, otherwise
   * `lostSilently`.
   */
  lostSaid: ToldClaim[];
  lostSilently: ToldClaim[];
  /** How many serials or codes several users saw as theirs. */
  serialToldTwice: number;
  /** How many users saw more than one serial or code as theirs. */
  userWithTwoCodes: number;
  /**
   * The longest time after the fault in which no call got a decided answer. Null if no answer was decided after the
   * fault.
   */
  unavailableMs: number | null;
  /** The time from the fault to the first decided answer to a call that was sent after the fault, or null. */
  firstDecidedAfterMs: number | null;
};

export type ToldClaim = { userId: string; serial: number; code: string };

/** Compares what users saw with what is stored. */
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

/** Returns every claim that a user saw, once per user and claim. */
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

/** How many codes two users have with different serials. */
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

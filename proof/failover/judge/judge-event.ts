import type { ToldAnswer } from '../load/ledger.ts';
import { isDecided } from '../load/ledger.ts';

/** What happened to one event in a run, from outside. */
export type EventSeen = {
  /** Its answers, in the order in which they arrived. */
  answers: ToldAnswer[];
  /** Who has which serial in MySQL, when all is drained and an operator has repaired what had to be. */
  stored: ReadonlyMap<string, number>;
  /** Whether the event stopped as `gate_lost` and said what may be missing. */
  said: boolean;
  faultAtMs: number;
};

export type EventVerdict = {
  /** Users who were told "issued". */
  told: number;
  /** Those whose claim no store has, and the event had said so; and those of whose loss it said nothing. */
  lostSaid: ToldClaim[];
  lostSilently: ToldClaim[];
  /** Serials, or codes, that were told to more than one user. */
  serialToldTwice: number;
  /** Users who were told more than one serial or code. */
  userWithTwoCodes: number;
  /**
   * The longest time without a decided answer, from the fault on, while users asked. Null if none was decided after it.
   */
  unavailableMs: number | null;
  /** From the fault to the arrival of the first decided answer whose call was sent after it. */
  firstDecidedAfterMs: number | null;
};

export type ToldClaim = { userId: string; serial: number; code: string };

/** Judges what was told against what is stored. */
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

/** Each different claim that a user was told; a user with one claim is in it once. */
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

/** Codes that two users have, though their serials differ. */
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

import { say } from '../messages/message.ts';
import { findClaimsOf, type ClaimRow } from '../claims/claim-rows.ts';
import type { Coder } from '../claims/code.ts';
import { claimDifference, type KnownClaim } from '../compare/compare-claims.ts';
import { toOutboxEntry } from '../engines/stream/outbox.ts';
import type { EventRow } from '../events/event-rows.ts';
import { counterFields, parseGateCounter, type GateCounter } from '../gate/gate-counter.ts';
import { isWrongType } from '../gate/gate.ts';
import { toWinner, type Winner } from '../gate/winner-pages.ts';
import { roundKeys } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import type { Stores } from '../stores/stores.ts';

/** The round to judge: its event, and the coder of its claims. */
export type JudgedRound = { stores: Stores; event: EventRow; coder: Coder };

/** Everything that both stores know about one user in a round when they are read a second time. */
export type ClaimCase = {
  userId: string;
  winner: KnownClaim | null;
  outbox: KnownClaim[];
  stored: KnownClaim | null;
  /**
   * MySQL has the claim, but the claim's unit is still recorded as an attempt; the process that wrote the claim, or the
   * sweep, will settle the attempt.
   */
  beingSettled: boolean;
};

/** The gate's counter when it was read; null if there is no gate. */
export type CounterNow = GateCounter | null;

export type CaseLook = { cases: ClaimCase[]; counter: CounterNow };

/** A user whose claims looked wrong in a scan, with those of the user's outbox claims that the scan has seen. */
export type Suspect = { userId: string; outbox: KnownClaim[] };

/**
 * An outbox entry's id begins with a time, which may differ from its claims' time by the few ms that the script runs.
 * This tolerance covers that difference.
 */
const idMsOff = 20;

/** The most users that are looked at again at a time. */
export const suspectsMax = 200;

/**
 * Looks at some users again: in MySQL, then in all of Redis in one step, then in MySQL once more for winners that MySQL
 * lacked. In this order, a claim on its way can't seem to be missing, because a claim's outbox entry is deleted only
 * after MySQL has the claim, and a unit is settled only after MySQL has its claim.
 */
export async function lookAgain(round: JudgedRound, suspects: readonly Suspect[], inRedis: boolean): Promise<CaseLook> {
  const { stores, event } = round;
  const { eventId, currentRound } = event;
  const userIds = suspects.map(({ userId }) => userId);
  const find = (users: string[]) =>
    users.length === 0
      ? Promise.resolve([])
      : findClaimsOf(stores.db, { eventId, round: currentRound, userIds: users });
  const stored = new Map((await find(userIds)).map((row) => [row.userId, row]));
  const { winners, outbox, attempts, counter } = inRedis ? await lookAtRedis(round, suspects, stored) : nothing;
  const unstored = userIds.filter((userId) => winners.has(userId) && !stored.has(userId));
  for (const row of await find(unstored)) stored.set(row.userId, row);
  const cases = suspects.map((suspect): ClaimCase => {
    const { userId } = suspect;
    const row = stored.get(userId);
    const winner = winners.get(userId) ?? null;
    return {
      userId,
      winner: winner && { ...winner, code: null },
      outbox: outbox.get(userId) ?? suspect.outbox,
      stored: row === undefined ? null : storedClaim(row),
      beingSettled: row !== undefined && winner === null && attempts.has(row.serial),
    };
  });
  return { cases, counter };
}

type RedisLook = {
  winners: ReadonlyMap<string, Winner>;
  outbox: ReadonlyMap<string, KnownClaim[]>;
  /** Serials of rows whose units are still recorded as attempts. */
  attempts: ReadonlySet<number>;
  counter: CounterNow;
};

/** The result of looking at Redis for a round that is not in Redis. */
const nothing: RedisLook = { winners: new Map(), outbox: new Map(), attempts: new Set(), counter: null };

const storedClaim = ({ serial, userId, code, claimedAtMs }: ClaimRow): KnownClaim => ({
  ...{ serial, userId, code, claimedAtMs },
});

/** Reads the suspects' winners, outbox entries and attempts, all at one moment. */
async function lookAtRedis(
  { stores, event, coder }: JudgedRound,
  suspects: readonly Suspect[],
  stored: ReadonlyMap<string, ClaimRow>,
): Promise<RedisLook> {
  const { client } = stores.redis.of(event.eventId);
  const keys = roundKeys(event.eventId, event.currentRound);
  const serials = [...stored.values()].map(({ serial }) => serial);
  const userIds = suspects.map(({ userId }) => userId);
  const claimTimes = new Set([...stored.values()].map(({ claimedAtMs }) => claimedAtMs));
  const before = await client.hmget(keys.winners, ...userIds).catch(emptyIfWrongType(userIds.length));
  before.forEach((text, i) => {
    if (text !== null) claimTimes.add(toWinner(userIds[i] ?? '', text).claimedAtMs);
  });
  const times = [...claimTimes].filter((time) => Number.isSafeInteger(time));
  const look = client
    .multi()
    .hmget(keys.gate, ...counterFields)
    .hmget(keys.winners, ...userIds);
  look.hmget(keys.attempts, ...(serials.length > 0 ? serials.map(String) : ['0']));
  for (const time of times) look.xrange(keys.outbox, `${Math.max(0, time - idMsOff)}`, `${time + idMsOff}`);
  const replies = await look.exec();
  if (replies === null) throw new Fault('unavailable', say('claims_unread'));
  const [gate, winnerTexts, attemptTexts, ...entries] = replies.map(([err, reply]) => {
    if (err !== null && !isWrongType(err)) throw err;
    return err === null ? reply : [];
  }) as unknown[][];
  const winners = new Map<string, Winner>();
  (winnerTexts ?? []).forEach((text, i) => {
    if (typeof text === 'string') winners.set(userIds[i] ?? '', toWinner(userIds[i] ?? '', text));
  });
  const outbox = new Map<string, KnownClaim[]>();
  const wanted = new Map(suspects.map((suspect) => [suspect.userId, suspect.outbox]));
  for (const [id, fields] of entries.flat() as [string, string[]][]) {
    for (const claim of entryClaims(toOutboxEntry(id, fields), coder)) {
      const known = wanted.get(claim.userId);
      if (known === undefined) continue;
      const all = outbox.get(claim.userId) ?? [...known];
      if (!all.some(({ serial }) => serial === claim.serial)) all.push(claim);
      outbox.set(claim.userId, all);
    }
  }
  const attempts = new Set(serials.filter((_, i) => typeof attemptTexts?.[i] === 'string'));
  return { winners, outbox, attempts, counter: parseGateCounter(gate ?? []) };
}

/** The claims in an outbox entry, with their codes. */
export function entryClaims(
  { firstSerial, claimedAtMs, userIds }: { firstSerial: number; claimedAtMs: number; userIds: string[] },
  coder: Coder,
): KnownClaim[] {
  return userIds.map((userId, position) => {
    const serial = firstSerial + position;
    return { serial, userId, code: coder(serial, userId), claimedAtMs };
  });
}

/** Whether the stores agree about a user, or will agree once pending claims arrive. */
export function agrees({ winner, outbox, stored, beingSettled }: ClaimCase, coder: Coder, inRedis: boolean): boolean {
  const [waiting] = outbox;
  if (outbox.length > 1) return false;
  const expected = expectedOf(winner ?? (inRedis && !beingSettled ? null : stored), coder);
  if (expected === null) return winner === null && stored === null && waiting === undefined;
  if (stored === null && waiting === undefined) return false;
  return [stored, waiting].every((claim) => claim == null || claimDifference(expected, claim) === null);
}

/** The claim with the code that it must have. */
export const expectedOf = (claim: KnownClaim | null, coder: Coder): KnownClaim | null =>
  claim && { ...claim, code: coder(claim.serial, claim.userId) };

const emptyIfWrongType =
  (count: number) =>
  (err: unknown): (string | null)[] => {
    if (isWrongType(err)) return Array.from({ length: count }, () => null);
    throw err;
  };

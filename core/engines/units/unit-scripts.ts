import type { Redis } from 'ioredis';
import { phases, type Phase } from '../../events/phase.ts';
import {
  asArray,
  gateTrouble,
  parseWinner,
  type ExpectedGate,
  type GateTrouble,
  type TrustedGate,
} from '../../gate/gate-scripts.ts';
import type { roundKeys } from '../../redis/keys.ts';
import { loadScript, unknownReply } from '../../redis/script.ts';

const takeUnitsScript = loadScript(new URL('./lua/take-units.lua', import.meta.url));
const settleUnitsScript = loadScript(new URL('./lua/settle-units.lua', import.meta.url));
const returnUnitsScript = loadScript(new URL('./lua/return-units.lua', import.meta.url));
const endAttemptsScript = loadScript(new URL('./lua/end-attempts.lua', import.meta.url));

type RoundKeys = ReturnType<typeof roundKeys>;

/** A number from the stock that a call is writing to MySQL. */
export type Unit = { number: number; attempt: string };

/** An attempt, parsed from its text. */
export type Attempt = Unit & { userId: string; claimedAtMs: number; deadlineMs: number };

/** A claim that MySQL has. */
export type StoredUnit = { serial: number; userId: string; claimedAtMs: number };

/**
 * One user's result in a batch. `later`: the user gets no unit now but may get one later, because some units are not
 * settled yet.
 */
export type UnitResult =
  | { kind: 'unit'; unit: Attempt }
  | { kind: 'held'; serial: number; claimedAtMs: number }
  | { kind: 'refused'; phase: Exclude<Phase, 'open'> }
  | { kind: 'later' };

export type TakenUnits = {
  kind: 'decided';
  nowMs: number;
  phase: Phase;
  opensAtMs: number;
  /** How many more units the gate could give now. */
  left: number;
  results: UnitResult[];
};

/**
 * How long an attempt belongs to its caller. After that, any process that finds the attempt asks MySQL and settles or
 * returns its unit.
 */
export const attemptMs = 5_000;
/** The most rows or units per call. */
export const unitsPerCallMax = 256;

/**
 * Takes units for a batch of users, at most `unitsMax`. Throws if Redis does not answer; some units may have been
 * taken.
 */
export async function takeUnits(
  redis: Redis,
  { gate, winners, attempts, holders, returned, regiven }: RoundKeys,
  { round, runId, strategy }: TrustedGate,
  { unitsMax, callId, users }: { unitsMax: number; callId: string; users: readonly string[] },
): Promise<TakenUnits | GateTrouble> {
  const keys = [gate, winners, attempts, holders, returned, regiven];
  const asked = [round, runId, strategy, unitsMax, attemptMs, callId];
  const reply = asArray(await takeUnitsScript(redis, keys, [...asked, ...users]));
  if (reply[0] !== 'decided') return gateTrouble(reply);
  const phase = asPhase(reply[2]);
  return {
    kind: 'decided',
    nowMs: Number(reply[1]),
    phase,
    opensAtMs: Number(reply[3]),
    left: Number(reply[4]),
    results: users.map((_, i) => asResult(reply[i + 5], phase)),
  };
}

export type SettleResult = 'settled' | 'settled_before' | 'contradicts';

/**
 * Turns claims that are committed in MySQL into winners, at most `unitsPerCallMax`. Only one call ever gets `settled`
 * for a claim. Also works in a round that the event has left, according to the gate or `newestRound`. Throws if Redis
 * does not answer; calling again is safe.
 */
export async function settleUnits(
  redis: Redis,
  { gate, winners, attempts, holders, returned }: RoundKeys,
  { round, strategy }: ExpectedGate,
  rows: readonly StoredUnit[],
  newestRound = round,
): Promise<{ kind: 'settled'; results: SettleResult[] } | GateTrouble> {
  const keys = [gate, winners, attempts, holders, returned];
  const args = rows.flatMap(({ serial, claimedAtMs, userId }) => [serial, claimedAtMs, userId]);
  const reply = asArray(await settleUnitsScript(redis, keys, [round, newestRound, strategy, ...args]));
  if (reply[0] !== 'settled') return gateTrouble(reply);
  return { kind: 'settled', results: rows.map((_, i) => asSettleResult(reply[i + 1])) };
}

/**
 * Returns units, at most `unitsPerCallMax`. Resolves to how many of the units still belonged to those attempts. Also
 * works in a round that the event has left, according to the gate or `newestRound`. Throws if Redis does not answer;
 * calling again is safe.
 */
export async function returnUnits(
  redis: Redis,
  { gate, attempts, holders, returned }: RoundKeys,
  { round, strategy }: ExpectedGate,
  units: readonly Unit[],
  newestRound = round,
): Promise<number> {
  const keys = [gate, attempts, holders, returned];
  const args = units.flatMap(({ number, attempt }) => [number, attempt]);
  const reply = asArray(await returnUnitsScript(redis, keys, [round, newestRound, strategy, ...args]));
  if (reply[0] !== 'returned') {
    // Without the gate that gave them, units of the current round can't be returned.
    gateTrouble(reply, 'return-units');
    return 0;
  }
  return reply.slice(1).filter((result) => result === 1).length;
}

/**
 * An attempt as it was read from Redis, and the user whose claim in MySQL has the attempt's number (null if no claim
 * has it).
 */
export type TwofoldNumber = { number: number; attempt: string; userId: string | null };

/**
 * Ends attempts at numbers that a winner already has. Removes a number from the returned ones if it is still being
 * written. Takes at most `unitsPerCallMax` numbers. Resolves to how many of the numbers were in two places. Calling
 * again is safe.
 */
export async function endAttempts(
  redis: Redis,
  { gate, winners, attempts, holders, returned }: RoundKeys,
  round: number,
  numbers: readonly TwofoldNumber[],
): Promise<number> {
  const args = numbers.flatMap(({ number, attempt, userId }) => [number, attempt, userId ?? '']);
  const reply = asArray(await endAttemptsScript(redis, [gate, winners, attempts, holders, returned], [round, ...args]));
  if (reply[0] === 'no_gate' || reply[0] === 'round') return 0;
  if (reply[0] !== 'ended') throw unknownReply('end-attempts', reply[0]);
  return Number(reply[1]);
}

/** The units of a round that are being written to MySQL, and the round's returned numbers, in order. */
export async function readUnits(
  redis: Redis,
  { attempts, returned }: RoundKeys,
): Promise<{ attempts: Attempt[]; returned: number[] }> {
  const noted = await redis.hgetall(attempts);
  const numbers = await redis.zrange(returned, '0', '-1');
  return {
    attempts: Object.entries(noted).map(([number, attempt]) => parseAttempt({ number: Number(number), attempt })),
    returned: numbers.map(Number),
  };
}

/** The numbers of a round that were returned and then given out again. */
export async function readRegiven(redis: Redis, { regiven }: RoundKeys): Promise<Set<number>> {
  return new Set((await redis.smembers(regiven)).map(Number));
}

/** How many units of a round are in each place, counted at one moment. */
export type UnitCounts = Record<'issued' | 'given' | 'winners' | 'attempts' | 'holders' | 'returned', number>;

/**
 * Counts a round's units; null if the gate is missing or in a different round. Throws if Redis does not answer, or if
 * another program has overwritten a key with a value of a different type.
 */
export async function countUnits(redis: Redis, keys: RoundKeys, round: number): Promise<UnitCounts | null> {
  const replies = await redis
    .multi()
    .hmget(keys.gate, 'round', 'issued', 'given')
    .hlen(keys.winners)
    .hlen(keys.attempts)
    .hlen(keys.holders)
    .zcard(keys.returned)
    .exec();
  const [counted, ...counts] = (replies ?? []).map(([err, reply]) => {
    if (err !== null) throw err;
    return reply;
  });
  const [gateRound, issued, given] = asArray(counted).map(Number);
  if (gateRound !== round) return null;
  const [winners, attempts, holders, returned] = counts.map(Number);
  const count = { issued, given, winners, attempts, holders, returned };
  if (Object.values(count).every((value) => value !== undefined)) return count as UnitCounts;
  throw unknownReply('MULTI', replies);
}

/**
 * A holder is a user's id. If users can hold several units, the call's name and a space precede the id. No user id
 * contains a space.
 */
function parseAttempt({ number, attempt }: Unit): Attempt {
  const [, claimedAtMs, deadlineMs, userId] = /^(\d+):(\d+):(?:.* )?(.+)$/.exec(attempt) ?? [];
  if (claimedAtMs === undefined || deadlineMs === undefined || userId === undefined) {
    throw new Error(`The attempt at number ${number} can't be read; another program wrote it.`);
  }
  return { number, attempt, userId, claimedAtMs: Number(claimedAtMs), deadlineMs: Number(deadlineMs) };
}

function asResult(result: unknown, phase: Phase): UnitResult {
  if (result === 0 && phase !== 'open') return { kind: 'refused', phase };
  if (result === -1) return { kind: 'later' };
  if (typeof result === 'string') return { kind: 'held', ...parseWinner(result) };
  if (!Array.isArray(result)) throw unknownReply('take-units', result);
  const [number, attempt] = result as unknown[];
  return { kind: 'unit', unit: parseAttempt({ number: Number(number), attempt: String(attempt) }) };
}

function asSettleResult(result: unknown): SettleResult {
  if (result === 1) return 'settled';
  if (result === 0) return 'settled_before';
  if (result === -1) return 'contradicts';
  throw unknownReply('settle-units', result);
}

function asPhase(phase: unknown): Phase {
  const known = phases.find((name) => name === phase);
  if (known !== undefined) return known;
  throw unknownReply('take-units', phase);
}

import type { Redis } from 'ioredis';
import type { roundKeys } from '../redis/keys.ts';
import { loadScript, unknownReply } from '../redis/script.ts';
import { asArray, gateTrouble, type ExpectedGate } from './gate-scripts.ts';

const putWinnersScript = loadScript(new URL('./lua/put-winners.lua', import.meta.url));
const mendCounterScript = loadScript(new URL('./lua/mend-counter.lua', import.meta.url));
const clearLostScript = loadScript(new URL('./lua/clear-lost.lua', import.meta.url));
const fillWinnersScript = loadScript(new URL('./lua/fill-winners.lua', import.meta.url));

type RoundKeys = ReturnType<typeof roundKeys>;

/** The most claims or numbers per call. */
export const mendedPerCallMax = 256;

/** `gone`: the gate is missing, or is not the one that the caller expects. `put-winners.lua` explains the others. */
export type PutResult = 'put' | 'held' | 'no_place' | 'beyond' | 'gone';

/** Puts claims back among the winners, in serial order. Throws if Redis does not answer; calling again is safe. */
export async function putWinners(
  redis: Redis,
  { gate, winners, attempts, holders, returned }: RoundKeys,
  { round, strategy }: ExpectedGate,
  claims: readonly { serial: number; claimedAtMs: number; userId: string }[],
  { mayRaise }: { mayRaise: boolean },
): Promise<PutResult[]> {
  const args = claims.flatMap(({ serial, claimedAtMs, userId }) => [serial, claimedAtMs, userId]);
  const keys = [gate, winners, attempts, holders, returned];
  const reply = asArray(await putWinnersScript(redis, keys, [round, strategy, mayRaise ? 1 : 0, ...args]));
  if (reply[0] !== 'put') {
    gateTrouble(reply, 'put-winners');
    return claims.map(() => 'gone');
  }
  return claims.map((_, i) => asPutResult(reply[i + 1]));
}

/**
 * `changed`: whether the counter was wrong. `unpaused`: nothing was changed, because the change is allowed only while
 * the event is paused or closed.
 */
export type MendedCounter = { kind: 'mended'; changed: boolean; vacant: number } | { kind: 'unpaused' | 'gone' };

/**
 * Makes the counter agree with the winners. `lost` are numbers of units that were found nowhere. Calling again is safe.
 */
export async function mendCounter(
  redis: Redis,
  { gate, winners, attempts, holders, returned }: RoundKeys,
  { round, strategy }: ExpectedGate,
  { highest, lost = [] }: { highest: number; lost?: readonly number[] },
): Promise<MendedCounter> {
  const keys = [gate, winners, attempts, holders, returned];
  const reply = asArray(await mendCounterScript(redis, keys, [round, strategy, highest, ...lost]));
  switch (reply[0]) {
    case 'mended':
      return { kind: 'mended', changed: reply[1] === 1, vacant: Number(reply[2]) };
    case 'unpaused':
      return { kind: 'unpaused' };
    default:
      gateTrouble(reply, 'mend-counter');
      return { kind: 'gone' };
  }
}

/**
 * Puts winners into a round that has no deciding gate yet. Resolves to the winners that it put there, or to null if the
 * round already has a deciding gate.
 */
export async function fillWinners(
  redis: Redis,
  { gate, winners }: RoundKeys,
  claims: readonly { serial: number; claimedAtMs: number; userId: string }[],
): Promise<boolean[] | null> {
  const args = claims.flatMap(({ serial, claimedAtMs, userId }) => [userId, `${serial}:${claimedAtMs}`]);
  const reply = asArray(await fillWinnersScript(redis, [gate, winners], args));
  if (reply[0] === 'exists') return null;
  if (reply[0] !== 'filled') throw unknownReply('fill-winners', reply[0]);
  return reply.slice(1).map((result) => result === 1);
}

/** The fields of a lost gate as they were seen; empty if there was no gate, or if its key was not a hash. */
export type SeenGate = Record<string, string>;

/**
 * Removes what is left of a lost round, except its claims. If there is a gate with other fields than `seen`, removes
 * nothing and resolves to false. Calling again is safe.
 */
export async function clearLost(redis: Redis, keys: RoundKeys, seen: SeenGate): Promise<boolean> {
  const { gate, winners, outbox, setAside, attempts, holders, returned, regiven } = keys;
  const all = [gate, winners, outbox, setAside, attempts, holders, returned, regiven];
  const reply = await clearLostScript(redis, all, Object.entries(seen).flat());
  if (reply === 'cleared' || reply === 'changed') return reply === 'cleared';
  throw unknownReply('clear-lost', reply);
}

function asPutResult(result: unknown): PutResult {
  switch (result) {
    case 1:
      return 'put';
    case 0:
      return 'held';
    case -1:
      return 'no_place';
    case -2:
      return 'beyond';
    default:
      throw unknownReply('put-winners', result);
  }
}

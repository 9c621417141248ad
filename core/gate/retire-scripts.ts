import type { Redis } from 'ioredis';
import { roundKeys } from '../redis/keys.ts';
import { loadScript, unknownReply } from '../redis/script.ts';
import { asArray } from './gate-scripts.ts';

const retireRoundScript = loadScript(new URL('./lua/retire-round.lua', import.meta.url));
const keepRoundScript = loadScript(new URL('./lua/keep-round.lua', import.meta.url));

/** Why a round stays in Redis; `retire-round.lua` explains each reason. */
export type RetireRefusal =
  'set_aside' | 'pending' | 'newer' | 'older' | 'carrying' | 'unsold' | 'winners' | 'unmarked';

const refusals: readonly RetireRefusal[] = [
  ...(['set_aside', 'pending', 'newer', 'older', 'carrying', 'unsold', 'winners', 'unmarked'] as const),
];

/** `counter` is how many serials the gate has issued. */
export type RetireReply =
  { kind: 'ready'; counter: number } | { kind: 'retired' } | { kind: 'refused'; why: RetireRefusal };

/** What was verified about a round, and the round's retirement token. */
export type Retirement = { eventId: string; round: number; version: number; winners: number; token: string };

/** Runs one step of taking a round out of Redis. Throws if Redis does not answer; calling again is safe. */
export async function retireRoundInRedis(
  redis: Redis,
  step: 'begin' | 'end',
  { eventId, round, version, winners, token }: Retirement,
): Promise<RetireReply> {
  const reply = asArray(
    await retireRoundScript(redis, partsOf(eventId, round), [step, round, version, winners, token]),
  );
  if (reply[0] === 'ready') return { kind: 'ready', counter: Number(reply[1]) };
  if (reply[0] === 'retired') return { kind: 'retired' };
  const why = refusals.find((name) => name === reply[0]);
  if (why !== undefined) return { kind: 'refused', why };
  throw unknownReply('retire-round', reply[0]);
}

/** Gives up a retirement. `gone`: nothing of the round is left in Redis. Throws if Redis does not answer. */
export async function keepRoundInRedis(redis: Redis, eventId: string, round: number): Promise<'kept' | 'gone'> {
  const reply = await keepRoundScript(redis, partsOf(eventId, round), [round]);
  if (reply === 'kept' || reply === 'gone') return reply;
  throw unknownReply('keep-round', reply);
}

function partsOf(eventId: string, round: number): string[] {
  const keys = roundKeys(eventId, round);
  return [
    ...[keys.gate, keys.winners, keys.outbox, keys.setAside],
    ...[keys.attempts, keys.holders, keys.returned, keys.regiven],
  ];
}

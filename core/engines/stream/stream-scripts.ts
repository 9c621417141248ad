import type { Redis } from 'ioredis';
import { asArray, gateTrouble, parseWinner, type GateTrouble, type TrustedGate } from '../../gate/gate-scripts.ts';
import { roundKeys } from '../../redis/keys.ts';
import { loadScript, unknownReply } from '../../redis/script.ts';

const decideClaimsScript = loadScript(new URL('./lua/decide-claims.lua', import.meta.url));
const settleOutboxScript = loadScript(new URL('./lua/settle-outbox.lua', import.meta.url));

/**
 * One user's result; `held` is null if the user was refused: because of the phase, because the user has no pass of the
 * event's line (`not_admitted`), or because Redis has lost part of the line (`line_lost`).
 */
export type Decision =
  | { held: { serial: number; claimedAtMs: number; replayed: boolean } }
  | { held: null; why: 'phase' }
  | { held: null; why: 'line_lost' }
  | { held: null; why: 'not_admitted'; lineOpensAtMs: number | null };

export type Decided = {
  kind: 'decided';
  nowMs: number;
  /** Why users without a claim were refused. */
  refusal: 'sold_out' | 'scheduled' | 'paused' | 'closed';
  opensAtMs: number;
  decisions: Decision[];
  /** How many claims this call issued. */
  issuedCount: number;
  /** The highest serial that the call issued or found; 0 if there is none. */
  highest: number;
  /** The round's last serial, if the call refuses somebody because the round is sold out; otherwise 0. */
  soldOutAt: number;
};

/**
 * Decides a batch of claims, in order. `traces` goes into the outbox, see `outbox-traces.ts`. Throws if Redis does not answer; the outcome is unknown
 * then.
 */
export async function decideClaims(
  redis: Redis,
  keys: ReturnType<typeof roundKeys>,
  { round, runId, strategy }: TrustedGate,
  users: readonly string[],
  traces = '',
): Promise<Decided | GateTrouble> {
  const args = [round, runId, strategy, ...users];
  if (traces !== '') args.push(` ${traces}`);
  const reply = asArray(
    await decideClaimsScript(redis, [keys.gate, keys.winners, keys.outbox, keys.line, keys.passes], args),
  );
  if (reply[0] !== 'decided') return gateTrouble(reply);
  const [refusal, claimedAtMs, issued] = [asRefusal(reply[2]), Number(reply[4]), Number(reply[5])];
  let [issuedCount, highest, soldOutAt] = [0, 0, 0];
  const decisions = users.map((_, i): Decision => {
    const result = reply[i + 6];
    if (result === 0) {
      if (refusal === 'sold_out') soldOutAt = issued;
      return { held: null, why: 'phase' };
    }
    if (Array.isArray(result)) return withoutPass(String(result[0]));
    if (typeof result === 'number') {
      issuedCount += 1;
      highest = Math.max(highest, result);
      return { held: { serial: result, claimedAtMs, replayed: false } };
    }
    const winner = parseWinner(String(result));
    highest = Math.max(highest, winner.serial);
    return { held: { ...winner, replayed: true } };
  });
  return {
    kind: 'decided',
    nowMs: Number(reply[1]),
    refusal,
    opensAtMs: Number(reply[3]),
    decisions,
    issuedCount,
    highest,
    soldOutAt,
  };
}

/** Deletes entries from an outbox and records which of their claims were set aside. */
export async function settleOutbox(
  redis: Redis,
  eventId: string,
  round: number,
  entryIds: readonly string[],
  setAside: readonly { userId: string; reason: string }[],
): Promise<void> {
  const keys = roundKeys(eventId, round);
  await settleOutboxScript(
    redis,
    [keys.outbox, keys.setAside],
    [entryIds.length, ...entryIds, ...setAside.flatMap(({ userId, reason }) => [userId, reason])],
  );
}

function withoutPass(opensAt: string): Decision {
  if (opensAt === 'lost') return { held: null, why: 'line_lost' };
  return { held: null, why: 'not_admitted', lineOpensAtMs: opensAt === '-' ? null : Number(opensAt) };
}

function asRefusal(phase: unknown): Decided['refusal'] {
  if (phase === 'sold_out' || phase === 'scheduled' || phase === 'paused' || phase === 'closed') return phase;
  throw unknownReply('decide-claims', phase);
}

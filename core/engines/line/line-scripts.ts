import { createHash, createHmac } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Coder } from '../../claims/code.ts';
import { lineOrders } from '../../events/event-fields.ts';
import { asArray, gateTrouble, type GateTrouble, type TrustedGate } from '../../gate/gate-scripts.ts';
import type { roundKeys } from '../../redis/keys.ts';
import { loadScript, unknownReply } from '../../redis/script.ts';
import { paceOf } from './line-pace.ts';
import type { LinePhase, LineState, Place } from './line-state.ts';

const serveLineScript = loadScript(new URL('./lua/serve-line.lua', import.meta.url));

/** What a user wants. `score` is the order of a joiner in a line that will be shuffled. */
export type LineCall = { call: 'join' | 'leave' | 'look'; userId: string; score: number };

/** `again`: the call's score was computed with another seed than the one in `state`. */
export type ServedLine = { kind: 'line'; state: LineState; places: (Place | 'again')[]; calledNow: number };

export type LineOptions = { waitingMax: number; passMs: number; newSeed: string; knownSeed: string };

/**
 * Lets at most 256 users join, leave or look, and calls whoever is next. `line_lost`: Redis has lost part of the line.
 * Throws if Redis does not answer; repeating the call is safe.
 */
export async function serveLine(
  redis: Redis,
  keys: ReturnType<typeof roundKeys>,
  { round, runId, strategy }: TrustedGate,
  { waitingMax, passMs, newSeed, knownSeed }: LineOptions,
  calls: readonly LineCall[],
): Promise<ServedLine | { kind: 'line_lost' } | GateTrouble> {
  const reply = asArray(
    await serveLineScript(
      redis,
      [keys.gate, keys.winners, keys.line, keys.waiting, keys.passes, keys.sealed],
      [
        ...[round, runId, strategy, waitingMax, passMs, newSeed, knownSeed],
        ...calls.flatMap(({ call, userId, score }) => [call, userId, score]),
      ],
    ),
  );
  if (reply[0] === 'line_lost') return { kind: 'line_lost' };
  if (reply[0] !== 'line') return gateTrouble(reply, 'serve-line');
  const state = readState(reply, round, waitingMax);
  return { kind: 'line', state, places: reply.slice(headLength).map(readPlace), calledNow: Number(reply[22]) };
}

const headLength = 23;

function readState(reply: unknown[], round: number, waitingMax: number): LineState {
  const [, now, order, kind, phase, open, sealedAt, serving, waiting, remaining, opensAt, lineOpensAt] = reply;
  const [perSecond, percent, seed, paceFromAt, paceFrom, joined, left, called, used, inUse] = reply.slice(12);
  const nowMs = Number(now);
  const gateOrder = String(order);
  return {
    ...{ round, waitingMax, nowMs, serving: Number(serving), waiting: Number(waiting), remaining: Number(remaining) },
    order: gateOrder === 'off' ? 'off' : knownOrder(kind === '' ? gateOrder : kind),
    phase: phaseOf(gateOrder, String(phase), open === 1, String(perSecond)),
    pace: paceFromAt === '' ? null : paceOf(Number(serving) - Number(paceFrom), nowMs - Number(paceFromAt)),
    opensAtMs: Number(opensAt),
    lineOpensAtMs: numberOrNull(lineOpensAt, '-'),
    seed: seed === '' ? null : String(seed),
    sealedAtMs: numberOrNull(sealedAt, ''),
    perSecond: numberOrNull(perSecond, '-'),
    percent: Number(percent),
    ...{ joined: Number(joined), left: Number(left), called: Number(called), used: Number(used), inUse: Number(inUse) },
  };
}

const numberOrNull = (value: unknown, none: string): number | null => (value === none ? null : Number(value));

function knownOrder(order: unknown): LineState['order'] {
  const known = lineOrders.find((name) => name === order);
  if (known !== undefined) return known;
  // A line that is turned off before anybody joined has no order of its own.
  if (order === 'drain') return 'off';
  throw unknownReply('serve-line', order);
}

function phaseOf(order: string, phase: string, isOpen: boolean, perSecond: string): LinePhase {
  if (order === 'off') return 'off';
  if (phase === 'closed' || phase === 'sold_out') return phase;
  if (!isOpen) return 'not_open';
  if (phase === 'scheduled') return 'gathering';
  if (phase === 'paused') return phase;
  if (order === 'drain') return 'closing';
  return perSecond === '0' ? 'held' : 'moving';
}

function readPlace(answer: unknown): Place | 'again' {
  const [status, value] = asArray(answer);
  switch (status) {
    case 'seed':
      return 'again';
    case 'waiting':
      return { status, place: Number(value) };
    case 'admitted':
    case 'lapsed':
      return { status, passEndsAtMs: Number(value) };
    case 'shuffling':
    case 'has_coupon':
    case 'out':
    case 'off':
    case 'not_open':
    case 'full':
    case 'sold_out':
    case 'closing':
    case 'closed':
      return { status };
    default:
      throw unknownReply('serve-line', status);
  }
}

/**
 * The name under which a user is in the published order of a shuffle. Derived from the round's secret key, so nobody
 * can tell whose entry it is, except that users are told their own. No claim has serial 0.
 */
export const entryOf = (coder: Coder, userId: string): string => coder(0, userId).replaceAll('-', '').toLowerCase();

/** An entry's order in a shuffle: the first 48 bits of HMAC-SHA256(seed, entry). Lower is earlier. */
export const shuffleScore = (seed: string, entry: string): number =>
  createHmac('sha256', Buffer.from(seed, 'hex')).update(entry).digest().readUIntBE(0, 6);

/** What is published about a seed before the seed itself: its SHA-256, in hex. */
export const seedHashOf = (seed: string): string => createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex');

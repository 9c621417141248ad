import type { Redis } from 'ioredis';
import { say } from '../messages/message.ts';
import type { EventInfo } from '../events/event-fields.ts';
import { parseStrategyName, type RoundConfig, type StrategyName } from '../events/event.ts';
import { parsePendingChanges } from '../events/pending-changes.ts';
import { infoJson, parseInfo } from '../events/stored-info.ts';
import { gateKey } from '../redis/keys.ts';
import { Fault } from '../runtime/fault.ts';
import { NewerFormat } from '../runtime/stored-format.ts';

/** An event's gate as it is in Redis: what decides the event's claims. */
export type Gate = RoundConfig & {
  strategy: StrategyName;
  issued: number;
  /** The highest number that was ever given; null if the strategy gives no units. */
  given: number | null;
  /**
   * How many serials up to `issued` have no winner, because their claims were lost with a gate that was rebuilt. Not
   * used with units.
   */
  vacant: number;
  /**
   * The vacant serials that an operator keeps for users who can prove that a serial was promised to them: see
   * `reserved-serials.ts`.
   */
  reserved: string;
  /** When the newest claim was decided; 0 before the first. */
  lastAtMs: number;
  firstAtMs: number | null;
  soldOutAtMs: number | null;
  /**
   * `RedisLink.runId` of the Redis on which the gate is known to agree with MySQL; a seal (`sealOf`) until the gate is
   * first trusted.
   */
  runId: string;
  /**
   * How many times the Redis in which the gate is trusted has changed. Missing from gates that earlier versions made.
   */
  trustCount?: number;
  /**
   * The ids under which the gate decided before, each with the counter's last value under that id: see
   * `proven-serials.ts`.
   */
  histories?: string;
  codeKey: Buffer;
  info: EventInfo;
  /** The changes that only the gate has so far, in the gate's format; '' if there are none. */
  pendingChanges: string;
};

const sealPrefix = 'seed:';

/**
 * The seal that a new gate has instead of a run_id, so that it decides nothing. The seal contains the `seededAt` that
 * the row gets. A gate may become trusted only if the row has that `seededAt`.
 */
export const sealOf = (seededAtMs: number): string => `${sealPrefix}${seededAtMs}`;

/** Whether nobody has ever trusted the gate, so that it can't have accepted a claim. */
export const isInert = ({ runId }: { runId: string }): boolean => runId.startsWith(sealPrefix);

/** When an inert gate was made; null for a gate that was trusted. */
export const sealedAtMs = (runId: string | null): number | null =>
  runId?.startsWith(sealPrefix) ? Number(runId.slice(sealPrefix.length)) : null;

/**
 * The gate as it is now; null if there is none. Throws if Redis does not answer, and `gate_lost` if the gate is
 * damaged.
 */
export async function readGate(redis: Redis, eventId: string): Promise<Gate | null> {
  const hash = await redis.hgetall(gateKey(eventId)).catch((err: unknown) => {
    throw isWrongType(err) ? damaged(eventId, 'it is not a hash') : err;
  });
  return parseGate(eventId, hash);
}

/** The event's gate if it is in this round; null otherwise, and also if the key is not a hash. */
export async function readGateOf(redis: Redis, eventId: string, round: number): Promise<Gate | null> {
  const found = await redis.hget(gateKey(eventId), 'round').catch((err: unknown) => {
    if (isWrongType(err)) return null;
    throw err;
  });
  if (found !== String(round)) return null;
  const gate = await readGate(redis, eventId);
  return gate?.round === round ? gate : null;
}

/** Whether Redis replied that a key has a different type from the one that we store there. */
export const isWrongType = (err: unknown): boolean => err instanceof Error && err.message.startsWith('WRONGTYPE');

/** Parses a gate's hash; null for the empty hash of a key that does not exist. */
export function parseGate(eventId: string, hash: Record<string, string>): Gate | null {
  if (Object.keys(hash).length === 0) return null;
  const text = (field: string): string => {
    const value = hash[field];
    if (value === undefined) throw damaged(eventId, `it has no field ${field}`);
    return value;
  };
  const number = (field: string): number => {
    const value = Number(text(field));
    if (!Number.isSafeInteger(value)) throw damaged(eventId, `${field}=${text(field)} is not a whole number`);
    return value;
  };
  const parsed = <Value>(field: string, parse: (value: string) => Value): Value => {
    try {
      return parse(text(field));
    } catch (err) {
      if (err instanceof NewerFormat) throw new NewerGate(eventId, err);
      throw damaged(eventId, `its field ${field} can't be read`);
    }
  };
  const numberOrNull = (field: string): number | null => (text(field) === '' ? null : number(field));
  return {
    round: number('round'),
    version: number('version'),
    strategy: parsed('strategy', parseStrategyName),
    stock: number('stock'),
    issued: number('issued'),
    // Gates made by early versions lack these fields.
    given: hash['given'] === undefined ? null : numberOrNull('given'),
    vacant: hash['vacant'] === undefined ? 0 : number('vacant'),
    reserved: hash['reserved'] ?? '',
    opensAtMs: number('opensAt'),
    heldOpensAtMs: hash['heldOpensAt'] === undefined ? null : numberOrNull('heldOpensAt'),
    closesAtMs: numberOrNull('closesAt'),
    paused: text('paused') === '1',
    closed: text('closed') === '1',
    lastAtMs: number('lastAt'),
    firstAtMs: numberOrNull('firstAt'),
    soldOutAtMs: numberOrNull('soldOutAt'),
    runId: text('runId'),
    ...(hash['trustCount'] !== undefined && { trustCount: number('trustCount') }),
    ...(hash['histories'] !== undefined && { histories: hash['histories'] }),
    codeKey: Buffer.from(text('codeKey'), 'hex'),
    info: parsed('info', parseInfo),
    pendingChanges: parsed('carry', (text) => (parsePendingChanges(text), text)),
  };
}

const damaged = (eventId: string, how: string): Fault =>
  new Fault('gate_lost', say('gate_damaged', { eventId, how, key: gateKey(eventId) }));

/**
 * The fault for a gate that a newer version of Firstcome wrote. Claims get the same answer as for a lost gate, but the
 * gate is intact, so this version must not repair or replace it.
 */
export class NewerGate extends Fault {
  constructor(eventId: string, { message }: NewerFormat) {
    super('gate_lost', say('gate_newer', { eventId, why: message }));
  }
}

/** The fields of a gate as name, value, ...: the reverse of `parseGate`. */
export function gateFields(gate: Gate): string[] {
  const orEmpty = (value: number | null): string => (value === null ? '' : String(value));
  return Object.entries({
    round: String(gate.round),
    version: String(gate.version),
    strategy: gate.strategy,
    stock: String(gate.stock),
    issued: String(gate.issued),
    given: orEmpty(gate.given),
    vacant: String(gate.vacant),
    reserved: gate.reserved,
    opensAt: String(gate.opensAtMs),
    heldOpensAt: orEmpty(gate.heldOpensAtMs),
    closesAt: orEmpty(gate.closesAtMs),
    paused: gate.paused ? '1' : '0',
    closed: gate.closed ? '1' : '0',
    lastAt: String(gate.lastAtMs),
    firstAt: orEmpty(gate.firstAtMs),
    soldOutAt: orEmpty(gate.soldOutAtMs),
    runId: gate.runId,
    ...(gate.trustCount !== undefined && { trustCount: String(gate.trustCount) }),
    ...(gate.histories !== undefined && { histories: gate.histories }),
    codeKey: gate.codeKey.toString('hex'),
    info: infoJson(gate.info),
    carry: gate.pendingChanges,
  }).flat();
}

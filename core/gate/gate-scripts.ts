import type { Redis } from 'ioredis';
import type { EventInfo } from '../events/event-fields.ts';
import type { RoundConfig, StrategyName } from '../events/event.ts';
import { infoJson } from '../events/stored-info.ts';
import { gateKey, roundKeys } from '../redis/keys.ts';
import { loadScript, unknownReply } from '../redis/script.ts';
import { gateFields, type Gate } from './gate.ts';

const findClaimScript = loadScript(new URL('./lua/find-claim.lua', import.meta.url));
const seedGateScript = loadScript(new URL('./lua/seed-gate.lua', import.meta.url));
const beginRoundScript = loadScript(new URL('./lua/begin-round.lua', import.meta.url));
const configureGateScript = loadScript(new URL('./lua/configure-gate.lua', import.meta.url));
const trustGateScript = loadScript(new URL('./lua/trust-gate.lua', import.meta.url));
const distrustGateScript = loadScript(new URL('./lua/distrust-gate.lua', import.meta.url));
const forgetSetAsideScript = loadScript(new URL('./lua/forget-set-aside.lua', import.meta.url));

/** What kept a script from acting on the gate that it found. */
export type GateTrouble =
  | { kind: 'no_gate' | 'unverified' | 'torn' }
  | { kind: 'round'; round: number }
  /** The gate belongs to this strategy, which this version may not know. */
  | { kind: 'strategy'; strategy: string };

/** The gate that a caller expects. A script leaves any other gate as it is. */
export type ExpectedGate = { round: number; strategy: StrategyName };
/**
 * Like `ExpectedGate`, but the gate must also be trusted by the Redis with this run_id. Needed by callers that draw
 * conclusions from the gate.
 */
export type TrustedGate = ExpectedGate & { runId: string };

/**
 * `undecided`: units are being written to MySQL, and only MySQL knows whether one of them has become the user's claim.
 * `unsure`: claims of the round were settled without being stored, so only MySQL knows whether it has this claim.
 */
export type FoundClaim =
  | { kind: 'found'; serial: number; claimedAtMs: number; state: 'accepted' | 'persisted' | 'unsure' }
  | { kind: 'none' }
  | { kind: 'undecided' };

/** Looks for one user's claim. */
export async function findClaimInRedis(
  redis: Redis,
  keys: ReturnType<typeof roundKeys>,
  { round, runId, strategy }: TrustedGate,
  userId: string,
): Promise<FoundClaim | GateTrouble> {
  const { gate, winners, outbox, setAside } = keys;
  const reply = asArray(
    await findClaimScript(redis, [gate, winners, outbox, setAside], [round, runId, strategy, userId]),
  );
  if (reply[0] === 'none' || reply[0] === 'undecided') return { kind: reply[0] };
  if (reply[0] !== 'found') return gateTrouble(reply);
  return {
    kind: 'found',
    ...parseWinner(String(reply[1])),
    state: foundState(reply[2]),
  };
}

/** What the caller knows about claims of a round that it seeds; `seed-gate.lua` explains each mode. */
export type SeedMode = 'first' | 'again' | 'keep';

function foundState(state: unknown): 'accepted' | 'persisted' | 'unsure' {
  if (state === 'accepted' || state === 'persisted' || state === 'unsure') return state;
  throw unknownReply('find-claim', state);
}

/** The numbers of units that were returned, and the numbers that were given out again. */
export type SeedPlaces = { returned?: readonly number[]; regiven?: readonly number[] };
export type SeedDetails = SeedPlaces & { seal?: string };
export type SeedReply = 'seeded' | 'exists' | 'newer' | 'late' | 'leftover';

/** Makes a gate, unless there already is one that was ever trusted; `seed-gate.lua` explains the modes and details. */
export async function seedGate(
  redis: Redis,
  eventId: string,
  gate: Gate,
  mode: SeedMode | 'rebuilt',
  { seal = '', returned = [], regiven = [] }: SeedDetails = {},
): Promise<SeedReply> {
  const keys = roundKeys(eventId, gate.round);
  const reply = await seedGateScript(
    redis,
    [keys.gate, keys.winners, keys.outbox, keys.attempts, keys.holders, keys.returned, keys.regiven],
    [mode, seal, returned.join(' '), regiven.join(' '), ...gateFields(gate)],
  );
  const known = (['seeded', 'exists', 'newer', 'late', 'leftover'] as const).find((name) => name === reply);
  if (known !== undefined) return known;
  throw unknownReply('seed-gate', reply);
}

/** Some fields of a gate, as strings. All are empty if the gate's key holds no gate. */
export type SeenGate = { round: string; version: string; pendingChanges: string };

export type BeginReply =
  | { kind: 'seeded' | 'leftover'; issued: number; firstAtMs: number | null; soldOutAtMs: number | null }
  | { kind: 'changed' | 'late' };

/**
 * Replaces the gate that was `seen` with `gate`, of the event's next round; `begin-round.lua` explains the modes and
 * replies.
 */
export async function beginRound(
  redis: Redis,
  eventId: string,
  gate: Gate,
  mode: SeedMode,
  seen: SeenGate,
): Promise<BeginReply> {
  const keys = roundKeys(eventId, gate.round);
  const reply = asArray(
    await beginRoundScript(
      redis,
      [keys.gate, keys.winners, keys.outbox, keys.attempts, keys.holders, keys.returned, keys.regiven],
      [mode, seen.round, seen.version, seen.pendingChanges, ...gateFields(gate)],
    ),
  );
  const kind = reply[0];
  switch (kind) {
    case 'seeded':
    case 'leftover': {
      const [issued, firstAt, soldOutAt] = reply.slice(1).map(String);
      return { kind, issued: Number(issued), firstAtMs: asTime(firstAt), soldOutAtMs: asTime(soldOutAt) };
    }
    case 'changed':
    case 'late':
      return { kind };
    default:
      throw unknownReply('begin-round', kind);
  }
}

export type ConfigureReply =
  | { kind: 'configured' | 'no_gate' | 'closed' }
  | { kind: 'round'; round: number }
  | { kind: 'older'; version: number }
  | { kind: 'uncarried'; pendingChanges: string }
  | { kind: 'below_issued'; issued: number }
  | { kind: 'open'; opensAtMs: number }
  | { kind: 'open_cut'; from: number; to: number; issued: number }
  | { kind: 'not_next'; issued: number };

/** Everything in a gate that a change can set. */
export type GateConfig = RoundConfig & { info: EventInfo; reserved: string };

/**
 * Gives the gate a newer configuration, as a whole. `configure-gate.lua` explains the options; it calls
 * `pendingChanges` `carry`.
 */
export async function configureGate(
  redis: Redis,
  eventId: string,
  config: GateConfig,
  {
    pendingBefore,
    pendingChanges,
    cutFrom = null,
  }: { pendingBefore: string; pendingChanges: string; cutFrom?: number | null },
): Promise<ConfigureReply> {
  const reply = asArray(
    await configureGateScript(
      redis,
      [gateKey(eventId), roundKeys(eventId, config.round).returned],
      [
        config.round,
        config.version,
        config.stock,
        config.opensAtMs,
        config.closesAtMs ?? '',
        config.paused ? 1 : 0,
        config.closed ? 1 : 0,
        infoJson(config.info),
        pendingBefore,
        pendingChanges,
        config.reserved,
        config.heldOpensAtMs ?? '',
        cutFrom === null ? 0 : 1,
      ],
    ),
  );
  const kind = reply[0];
  switch (kind) {
    case 'configured':
    case 'no_gate':
    case 'closed':
      return { kind };
    case 'round':
      return { kind, round: Number(reply[1]) };
    case 'older':
      return { kind, version: Number(reply[1]) };
    case 'uncarried':
      return { kind, pendingChanges: String(reply[1]) };
    case 'below_issued':
      return { kind, issued: Number(reply[1]) };
    case 'open':
      return { kind, opensAtMs: Number(reply[1]) };
    case 'open_cut':
      return { kind, from: cutFrom ?? config.stock, to: config.stock, issued: Number(reply[1]) };
    case 'not_next':
      return { kind, issued: Number(reply[1]) };
    default:
      throw unknownReply('configure-gate', kind);
  }
}

/**
 * Records that the gate that was `seen` has been compared with MySQL since this Redis process started, and agrees with
 * it. Its `trustCount` becomes at least `count`.
 */
export async function trustGate(
  redis: Redis,
  eventId: string,
  seen: { round: number; issued: number; runId: string },
  runId: string,
  count = 0,
): Promise<'trusted' | 'no_gate' | 'changed'> {
  const reply = await trustGateScript(redis, [gateKey(eventId)], [seen.round, runId, seen.issued, seen.runId, count]);
  if (reply === 'trusted' || reply === 'no_gate' || reply === 'changed') return reply;
  throw unknownReply('trust-gate', reply);
}

/** Stops a gate that is trusted under `runId` from deciding; `distrust-gate.lua` says how. */
export async function distrustGate(redis: Redis, eventId: string, round: number, runId: string): Promise<void> {
  const reply = await distrustGateScript(redis, [gateKey(eventId)], [round, runId]);
  if (reply !== 'distrusted' && reply !== 'changed') throw unknownReply('distrust-gate', reply);
}

/**
 * Removes users from a round's set-aside hash. `settled` says that MySQL still lacks the claim of at least one of these
 * users. Resolves to how many were removed.
 */
export async function forgetSetAside(
  redis: Redis,
  { eventId, round }: { eventId: string; round: number },
  { users, settled }: { users: readonly string[]; settled: boolean },
): Promise<number> {
  const keys = roundKeys(eventId, round);
  return Number(await forgetSetAsideScript(redis, [keys.gate, keys.setAside], [round, settled ? '1' : '0', ...users]));
}

/** Parses a winner as the scripts write it, `serial:claimedAtMs`. */
export function parseWinner(text: string): { serial: number; claimedAtMs: number } {
  const colon = text.indexOf(':');
  return { serial: Number(text.slice(0, colon)), claimedAtMs: Number(text.slice(colon + 1)) };
}

/** What a script's unexpected reply says about the gate. Throws if the reply is unknown. */
export function gateTrouble(reply: unknown[], script = 'a claim script'): GateTrouble {
  const kind = reply[0];
  switch (kind) {
    case 'no_gate':
    case 'unverified':
    case 'torn':
      return { kind };
    case 'round':
      return { kind, round: Number(reply[1]) };
    case 'strategy':
      return { kind, strategy: String(reply[1]) };
    default:
      throw unknownReply(script, kind);
  }
}

const asTime = (text: string | undefined): number | null => (text === undefined || text === '' ? null : Number(text));

export function asArray(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unknownReply('a script', reply);
}

/**
 * The event inside the domain. Times are milliseconds since 1970 (UTC) in fields that end in `Ms`; outside the domain
 * they are ISO 8601.
 */

/** The strategies that keep the promises of the public contract. */
export const realStrategyNames = [
  'db-lock',
  'db-named-lock',
  'redis-lock',
  'redis-spin-lock',
  'redis-counter',
  'redis-counter-set',
  'redis-stream',
] as const;
/** All strategies, including the control `unsafe`, which breaks the promises and is only for benchmarks and tests. */
export const strategyNames = [...realStrategyNames, 'unsafe'] as const;
export type StrategyName = (typeof strategyNames)[number];
export const defaultStrategy: StrategyName = 'redis-stream';

/** Reads a stored strategy name. Throws if this version does not know the strategy. */
export function parseStrategyName(name: string): StrategyName {
  const known = strategyNames.find((candidate) => candidate === name);
  if (known === undefined)
    throw new Error(`The strategy ${name} is not known here. Do all processes run the same version?`);
  return known;
}

/** Limits of the public contract. */
export const limits = {
  eventId: /^[A-Za-z0-9_-]{1,64}$/,
  /** Printable ASCII without spaces. */
  userId: /^[\x21-\x7e]{1,128}$/,
  /** The longest `reason` in the audit trail. */
  reasonCharsMax: 500,
  stockMax: 100_000_000,
  /** How far in the past a new `opensAt` may be, to allow for network delay and for clocks that differ. */
  opensAtPastMs: 1_000,
} as const;

/** The settings that decide a round's claims. Every change raises `version` by at least one. */
export type RoundConfig = {
  round: number;
  version: number;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  /** Whether an admin closed the round. A round also closes by itself at `closesAtMs`. */
  closed: boolean;
  /** The real opening time while the round needs approval, when `opensAtMs` is `neverMs`; otherwise null. */
  heldOpensAtMs: number | null;
};

/** The opening time in a gate while its round needs approval: the last millisecond of the year 9999. */
export const neverMs = 253_402_300_799_999;

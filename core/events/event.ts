/**
 * The event inside the domain. Times are milliseconds since 1970 (UTC) in fields that end in `Ms`; the edges convert
 * them to ISO 8601.
 */

/** The strategies that keep the promises. */
export const realStrategyNames = [
  'db-lock',
  'db-named-lock',
  'redis-lock',
  'redis-spin-lock',
  'redis-counter',
  'redis-counter-set',
  'redis-stream',
] as const;
/** Those, and the control, which breaks the promises and is for benches and tests only. */
export const strategyNames = [...realStrategyNames, 'unsafe'] as const;
export type StrategyName = (typeof strategyNames)[number];
export const defaultStrategy: StrategyName = 'redis-stream';

/** Reads a stored strategy name. Throws if this version does not know it. */
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
  /** For a `reason` in the audit trail. */
  reasonCharsMax: 500,
  stockMax: 100_000_000,
  /** How far in the past an `opensAt` may be, to allow for network delay and clocks that differ. */
  opensAtPastMs: 1_000,
} as const;

/** The settings that decide a round's claims. Each change raises `version` by one or more. */
export type RoundConfig = {
  round: number;
  version: number;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  /** Whether an admin closed it. A round also closes by itself at `closesAtMs`. */
  closed: boolean;
  /**
   * The real opening time of a round that waits for an approval; until then `opensAtMs` is `neverMs`. Null if it does
   * not wait.
   */
  heldOpensAtMs: number | null;
};

/** A gate's opening time while its round waits for an approval: the last millisecond of the year 9999. */
export const neverMs = 253_402_300_799_999;

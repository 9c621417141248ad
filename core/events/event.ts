/** The event as the domain sees it. Times are milliseconds since 1970 (UTC) and end in `Ms`; the edges turn them into ISO 8601. */

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
/** Those, and the control that breaks them, for benches and tests only. */
export const strategyNames = [...realStrategyNames, 'unsafe'] as const;
export type StrategyName = (typeof strategyNames)[number];
export const defaultStrategy: StrategyName = 'redis-stream';

/** Reads a stored strategy name. Throws for one that this version does not have. */
export function parseStrategyName(name: string): StrategyName {
  const known = strategyNames.find((candidate) => candidate === name);
  if (known === undefined)
    throw new Error(`The strategy ${name} is not known here. Do all processes run the same version?`);
  return known;
}

/** Bounds of the public contract. */
export const limits = {
  eventId: /^[A-Za-z0-9_-]{1,64}$/,
  /** Printable ASCII without the space. */
  userId: /^[\x21-\x7e]{1,128}$/,
  /** Of a `reason` in the audit trail. */
  reasonCharsMax: 500,
  stockMax: 100_000_000,
  /** How far in the past an `opensAt` may lie, for clocks and networks that lag. */
  opensAtPastMs: 1_000,
} as const;

/** What decides the claims of a round. `version` grows by one or more with every change. */
export type RoundConfig = {
  round: number;
  version: number;
  stock: number;
  opensAtMs: number;
  closesAtMs: number | null;
  paused: boolean;
  /** Closed by an admin; a round also closes by itself at `closesAtMs`. */
  closed: boolean;
  /** The opening of a round that waits for an approval: `opensAtMs` is out of reach until then. Null: it does not wait. */
  heldOpensAtMs: number | null;
};

/** The opening that a gate has while its round waits for an approval: the last millisecond of the year 9999. */
export const neverMs = 253_402_300_799_999;

import type { Answer } from '../checker/answer.ts';

/**
 * The reason for a call: a user's first or second click, a retry at the opening after "not open yet", or a retry after
 * a busy or unknown answer.
 */
export type CallReason = 'click' | 'second_click' | 'opening' | 'retry';

/** An answer, with additional times of its call. All times are in the same units as in `Answer`. */
export type CrowdAnswer = Answer & {
  why: CallReason;
  /** When the call was due according to the crowd's plan. Latency counts from this time. */
  dueAtMs: number;
  /** When the crowd began the call, which then waited for a connection until `sentAtMs`. */
  askedAtMs: number;
};

/** The crowd's counts so far, in memory that both threads share. */
export const tallyNames = [
  'due',
  'sent',
  'accepted',
  'replayed',
  'soldOut',
  'notOpen',
  'busy',
  'unknown',
  'rejected',
  'otherRefusals',
] as const;
export type Tally = Record<(typeof tallyNames)[number], number>;

export const createSharedTally = (): SharedArrayBuffer => new SharedArrayBuffer(4 * tallyNames.length);

export function readTally(shared: SharedArrayBuffer): Tally {
  const counts = new Int32Array(shared);
  return Object.fromEntries(tallyNames.map((name, i) => [name, Atomics.load(counts, i)])) as Tally;
}

export function countTally(shared: SharedArrayBuffer, name: keyof Tally): void {
  Atomics.add(new Int32Array(shared), tallyNames.indexOf(name), 1);
}

import type { Answer } from '../checker/answer.ts';

/** Why a call was made: a user's clicks, and what follows from "not open yet" from busy ones and unknown ones. */
export type CallReason = 'click' | 'second_click' | 'opening' | 'retry';

/** An answer with what the crowd knows of its call besides; times as in `Answer`. */
export type CrowdAnswer = Answer & {
  why: CallReason;
  /** By the crowd's plan. Latency is counted from here. */
  dueAtMs: number;
  /** When the crowd got to it. Until `sentAtMs` it waited for a connection. */
  askedAtMs: number;
};

/** What the crowd has come to; counted while it runs, in memory that both threads see. */
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

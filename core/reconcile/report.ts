import { type DriftKind, driftKinds } from '../compare/drift-kind.ts';
import type { Finding, FindingExample } from '../compare/finding.ts';
import type { Reason } from '../messages/message.ts';

export type ReconcileInput = { eventId: string; repair: boolean };

/** What a reconcile found, or what is left after a repair. */
export type Reconciled = {
  eventId: string;
  /** The current round, which is judged in full. Older rounds are checked only for leftovers. */
  round: number;
  /** The gate's counter at the snapshot; if the gate is lost, the highest known serial. */
  issued: number;
  /** Claims in MySQL with serials up to the snapshot. */
  persisted: number;
  /** Claims that were accepted and are on their way to MySQL, or units that are being written. They are not missing. */
  pending: number;
  /**
   * Serials without a claim that an operator reserves for users who can prove that a serial was promised to them. They
   * are not gaps.
   */
  reserved: number;
  findings: Finding<DriftKind>[];
  /** How many differences the repair fixed. */
  repaired: number;
  verdict: 'clean' | 'drift';
  /** Messages for the operator: what a repair did to the event, and what only a person can decide. */
  advice: string[];
  /** The code and parameters of each of `advice`, in the same order. */
  adviceReasons: Reason[];
};

/** A reconcile's progress; `of` is null if the total is unknown. */
export type ReconcileProgress = { step: string; done: number; of: number | null };
export type WatchReconcile = (progress: ReconcileProgress) => void;

/**
 * `watch` is called with the progress. Aborting `signal` ends the reconcile at the next safe point, with the signal's
 * reason as its error.
 */
export type ReconcileOptions = { watch?: WatchReconcile | undefined; signal?: AbortSignal | undefined };

/** Merges several lists of findings into one, in the order of `driftKinds`. */
export function mergeFindings(...lists: Finding<DriftKind>[][]): Finding<DriftKind>[] {
  const all = lists.flat();
  return driftKinds.flatMap((kind) => {
    const same = all.filter((finding) => finding.kind === kind);
    const count = same.reduce((sum, finding) => sum + finding.count, 0);
    const examples = same.flatMap((finding) => finding.examples).slice(0, examplesMax);
    return count === 0 ? [] : [{ kind, count, examples: examples.map(readable) }];
  });
}

const examplesMax = 10;

/** A serial that another program overwrote may not be a number, and JSON has no NaN. */
const readable = (example: FindingExample): FindingExample =>
  Number.isFinite(example.serial) ? example : { ...example, serial: null };

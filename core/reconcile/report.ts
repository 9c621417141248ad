import { type DriftKind, driftKinds } from '../compare/drift-kind.ts';
import type { Finding, FindingExample } from '../compare/finding.ts';

export type ReconcileInput = { eventId: string; repair: boolean };

/** What a reconcile found, and after a repair what is left. */
export type Reconciled = {
  eventId: string;
  /** The current round, which is judged; of older ones only what they left behind. */
  round: number;
  /** The counter at the snapshot; where the gate is lost, the highest serial that is known. */
  issued: number;
  /** Claims of serials up to the snapshot that are in MySQL. */
  persisted: number;
  /** Accepted and on the way to MySQL, or units that are being written: not missing. */
  pending: number;
  /** Serials that an operator keeps for people who can prove that they have them, and that nobody has yet: not gaps. */
  reserved: number;
  findings: Finding<DriftKind>[];
  /** How many differences were mended. */
  repaired: number;
  verdict: 'clean' | 'drift';
  /** For a person: what a repair did to the event, and what only somebody who knows more can decide. */
  advice: string[];
};

/** Where a reconcile is; `of` is null when that is not known. */
export type ReconcileProgress = { step: string; done: number; of: number | null };
export type WatchReconcile = (progress: ReconcileProgress) => void;

/** `watch` hears how far a reconcile is. Aborting `signal` ends it at the next safe place: it throws the signal's reason, an error. */
export type ReconcileOptions = { watch?: WatchReconcile | undefined; signal?: AbortSignal | undefined };

/** Findings of several sources as one list, in the order of `driftKinds`. */
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

/** What somebody else wrote in place of a serial is no number, which JSON can't say. */
const readable = (example: FindingExample): FindingExample =>
  Number.isFinite(example.serial) ? example : { ...example, serial: null };

import { reasonOf, type Message, type Reason } from '../messages/message.ts';

/** One kind of problem: how often it occurs, and the first few cases. */
export type Finding<Kind extends string = string> = { kind: Kind; count: number; examples: FindingExample[] };

/**
 * One case, for a person to look at. `detail` never shows a code, because anyone who reads a code can spend it. `detailReason`
 * is the code and parameters of `detail`, for a page in another language; null if it has none.
 */
export type FindingExample = {
  serial: number | null;
  userId: string | null;
  detail: string;
  detailReason: Reason | null;
};

/** A message as the detail of an example. */
export const detailOf = (message: Message): Pick<FindingExample, 'detail' | 'detailReason'> => ({
  detail: message.message,
  detailReason: reasonOf(message),
});

/** Collects findings in bounded memory: counts all cases, and keeps the first `examplesMax` of each kind. */
export class FindingLog<Kind extends string> {
  readonly #byKind = new Map<Kind, Finding<Kind>>();
  readonly #examplesMax: number;

  constructor(examplesMax = 10) {
    this.#examplesMax = examplesMax;
  }

  /** Adds one case, or `count` cases with one example for all of them. */
  add(kind: Kind, example: Partial<FindingExample> & { detail: string }, count = 1): void {
    let finding = this.#byKind.get(kind);
    if (finding === undefined) this.#byKind.set(kind, (finding = { kind, count: 0, examples: [] }));
    finding.count += count;
    if (finding.examples.length < this.#examplesMax) {
      finding.examples.push({ serial: null, userId: null, detailReason: null, ...example });
    }
  }

  /** The findings, in the order in which their kinds were first found. */
  list(): Finding<Kind>[] {
    return [...this.#byKind.values()];
  }
}

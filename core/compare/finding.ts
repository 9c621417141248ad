/** One kind of problem: how often it occurs, and the first few cases. */
export type Finding<Kind extends string = string> = { kind: Kind; count: number; examples: FindingExample[] };

/** One case, for a person to look at. `detail` never shows a code, because whoever reads a code can spend it. */
export type FindingExample = { serial: number | null; userId: string | null; detail: string };

/** Collects findings in bounded memory: all are counted, the first `examplesMax` of each kind are kept. */
export class FindingLog<Kind extends string> {
  readonly #byKind = new Map<Kind, Finding<Kind>>();
  readonly #examplesMax: number;

  constructor(examplesMax = 10) {
    this.#examplesMax = examplesMax;
  }

  /** Adds one case, or `count` cases that one example stands for. */
  add(kind: Kind, example: Partial<FindingExample> & { detail: string }, count = 1): void {
    let finding = this.#byKind.get(kind);
    if (finding === undefined) this.#byKind.set(kind, (finding = { kind, count: 0, examples: [] }));
    finding.count += count;
    if (finding.examples.length < this.#examplesMax) {
      finding.examples.push({ serial: example.serial ?? null, userId: example.userId ?? null, detail: example.detail });
    }
  }

  /** In the order in which each kind was first found. */
  list(): Finding<Kind>[] {
    return [...this.#byKind.values()];
  }
}

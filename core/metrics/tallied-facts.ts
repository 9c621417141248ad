import type { MetricValue } from 'prom-client';
import type { Label, OfFact } from './metric.ts';

type LabelValue = string | number;

/**
 * The total of all facts with one set of label values. `places` are a histogram's counts: one per bound, and one for
 * values above the last bound.
 */
type Cell = { labels: Record<string, LabelValue>; places: Float64Array; sum: number };

/** A tree that finds a cell by its label values, one label per level. */
class Branch {
  readonly #branches = new Map<LabelValue, Branch>();
  cell: Cell | undefined;

  at(value: LabelValue): Branch {
    const known = this.#branches.get(value);
    if (known !== undefined) return known;
    const grown = new Branch();
    this.#branches.set(value, grown);
    return grown;
  }
}

/**
 * A metric that facts update, in the form that a prom-client registry takes. A fact costs one look-up per label and an
 * addition: 0.12 us for the three metrics of a claim together. prom-client's own metrics take several times as long,
 * because they hash the labels each time, and there are tens of thousands of facts a second.
 */
export class TalliedFacts<Fact> {
  readonly name: string;
  readonly help: string;
  readonly type: OfFact<Fact>['type'];
  /** How the values of several processes are combined. */
  readonly aggregator: 'sum' | 'max' | 'min';
  readonly #bounds: readonly number[];
  readonly #labels: readonly string[];
  readonly #reads: readonly ((fact: Fact) => LabelValue)[];
  readonly #record: (cell: Cell, fact: Fact) => void;
  readonly #root = new Branch();
  readonly #cells: Cell[] = [];

  constructor(metric: OfFact<Fact>) {
    this.name = metric.name;
    this.help = metric.help;
    this.type = metric.type;
    this.aggregator = (metric.type === 'gauge' ? metric.together : undefined) ?? 'sum';
    this.#bounds = metric.type === 'histogram' ? metric.bounds : [];
    this.#record = recordOf(metric);
    const { labels = {} } = metric;
    this.#labels = Object.keys(labels);
    this.#reads = Object.values(labels).map((label) => (typeof label === 'function' ? label : label.of));
    for (const values of knownValues(Object.values(labels))) this.#cellOf(values);
  }

  take(fact: Fact): void {
    let branch = this.#root;
    for (const read of this.#reads) branch = branch.at(read(fact));
    this.#record(branch.cell ?? this.#cellOf(this.#reads.map((read) => read(fact))), fact);
  }

  /** In the form that registries ask for. */
  get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: MetricValue<string>[] }> {
    const { name, help, type, aggregator } = this;
    const values = this.#cells.flatMap((cell): MetricValue<string>[] => {
      if (type === 'histogram') return this.#bucketsOf(cell);
      return Number.isNaN(cell.sum) ? [] : [{ labels: cell.labels, value: cell.sum }];
    });
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  #cellOf(values: readonly LabelValue[]): Cell {
    let branch = this.#root;
    for (const value of values) branch = branch.at(value);
    const labels = Object.fromEntries(this.#labels.map((name, at) => [name, values[at] ?? '']));
    // A gauge has no value before its first fact.
    const sum = this.type === 'gauge' ? NaN : 0;
    const cell = { labels, places: new Float64Array(this.#bounds.length + 1), sum };
    branch.cell = cell;
    this.#cells.push(cell);
    return cell;
  }

  #bucketsOf({ labels, places, sum }: Cell): (MetricValue<string> & { metricName: string })[] {
    let total = 0;
    const buckets = [...places].map((count, at) => {
      total += count;
      return { metricName: `${this.name}_bucket`, labels: { le: this.#bounds[at] ?? '+Inf', ...labels }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: total },
    ];
  }
}

/**
 * Makes the function that adds a fact to its cell. Ignores a value that is not a finite number, because it would spoil
 * the sum for good.
 */
function recordOf<Fact>(metric: OfFact<Fact>): (cell: Cell, fact: Fact) => void {
  switch (metric.type) {
    case 'counter': {
      const { add = () => 1 } = metric;
      return (cell, fact) => {
        const more = add(fact);
        if (Number.isFinite(more)) cell.sum += more;
      };
    }
    case 'gauge': {
      const { set } = metric;
      return (cell, fact) => {
        cell.sum = set(fact) ?? cell.sum;
      };
    }
    case 'histogram': {
      const { value: valueOf, times: timesOf = () => 1, bounds } = metric;
      return (cell, fact) => {
        const value = valueOf(fact);
        const times = timesOf(fact);
        if (!Number.isFinite(value) || !Number.isFinite(times)) return;
        let at = 0;
        while (at < bounds.length && value > (bounds[at] ?? Infinity)) at += 1;
        cell.places[at] = (cell.places[at] ?? 0) + times;
        cell.sum += value * times;
      };
    }
  }
}

/**
 * The sets of label values that exist from the start: all combinations if every label's values are known, otherwise
 * none.
 */
function knownValues<Fact>(labels: readonly Label<Fact>[]): LabelValue[][] {
  let sets: LabelValue[][] = [[]];
  for (const label of labels) {
    const known = typeof label === 'function' ? [] : label.known;
    sets = sets.flatMap((set) => known.map((value) => [...set, value]));
  }
  return sets;
}

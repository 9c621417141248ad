import type { Metric, MetricValue, Registry } from 'prom-client';

type Series = { counts: Float64Array; sum: number };

/**
 * A Prometheus histogram with one label that costs an array increment an observation. prom-client's own hashes the
 * labels each time, which is 20 times as much, on a path that answers tens of thousands of calls a second.
 */
export class Histogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #label: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(options: { name: string; help: string; label: string; bounds: readonly number[]; registry: Registry }) {
    this.name = options.name;
    this.help = options.help;
    this.#label = options.label;
    this.#bounds = options.bounds;
    // A registry only calls `get`, and reads the name; its type asks for a class of prom-client's.
    options.registry.registerMetric(this as unknown as Metric);
  }

  observe(labelValue: string, value: number): void {
    let series = this.#series.get(labelValue);
    if (series === undefined) {
      series = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#series.set(labelValue, series);
    }
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? Infinity)) at += 1;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
  }

  /** How many observations each label value has. */
  totals(): Map<string, number> {
    return new Map([...this.#series].map(([label, { counts }]) => [label, counts.reduce((sum, count) => sum + count)]));
  }

  /** As registries ask for it. */
  get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: MetricValue<string>[] }> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#series].flatMap(([label, series]) => this.#valuesOf(label, series));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  #valuesOf(labelValue: string, { counts, sum }: Series): (MetricValue<string> & { metricName: string })[] {
    const labels = this.#label === '' ? {} : { [this.#label]: labelValue };
    let total = 0;
    const buckets = [...counts].map((count, at) => {
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

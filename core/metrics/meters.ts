import { Registry, collectDefaultMetrics, type Metric as PromMetric, type MetricValue } from 'prom-client';
import { within } from '../runtime/within.ts';
import { silentObserver } from '../stores/observer.ts';
import { catalogue } from './catalogue.ts';
import type { Facts, Metric, OfFact, Process, Shown, ViewMetric, Views } from './metric.ts';
import { TalliedFacts } from './tallied-facts.ts';

/** The functions to which a process reports what happens in it. They neither throw nor block. */
export type Observers = { [Name in keyof Facts]: (fact: Facts[Name]) => void };

/** How to read each view of a process. Called whenever its metrics are read. */
export type Watched = { [Name in keyof Views]?: () => Views[Name] | Promise<Views[Name]> };

export type Meters = {
  registry: Registry;
  observe: Observers;
  /** Adds views. A metric whose view was not added has no value. */
  watch: (views: Watched) => void;
};

export type MetersOptions = {
  /** Whether to include prom-client's metrics of CPU, memory and event loop. Include them once per process. */
  processMetrics: boolean;
  /** Default: the catalogue. */
  metrics?: Record<string, Metric>;
};

const ignore = (): void => undefined;
export const silentObservers: Observers = {
  ...silentObserver,
  ...{ claimAnswered: ignore, requestAnswered: ignore, tokenRefused: ignore, connectionClosed: ignore },
  ...{ callsLimited: ignore, job: ignore, swept: ignore },
};

/** The longest wait for a view: a store that hangs must not delay the other metrics. */
const viewLimitMs = 500;

/** Creates the metrics that the catalogue lists for this kind of process. */
export function createMeters(process: Process, options: MetersOptions): Meters {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const takers: { [Name in keyof Facts]?: TalliedFacts<Facts[keyof Facts]>[] } = {};
  const watched: Watched = { self: () => true };
  for (const metric of Object.values<Metric>(options.metrics ?? catalogue)) {
    if (!metric.of.includes(process)) continue;
    if ('from' in metric) {
      registry.registerMetric(forRegistry(shownView(metric, watched)));
      continue;
    }
    // This is safe, because the metric receives only facts named in its `when`, which the compiler can't see.
    const tallied = new TalliedFacts(metric as unknown as OfFact<Facts[keyof Facts]>);
    (takers[metric.when] ??= []).push(tallied);
    registry.registerMetric(forRegistry(tallied));
  }
  const heard = Object.entries(takers).map(([name, those]) => [name, observerOf(those)]);
  return {
    registry,
    observe: { ...silentObservers, ...(Object.fromEntries(heard) as Partial<Observers>) },
    watch: (views) => void Object.assign(watched, views),
  };
}

function observerOf<Fact>(takers: readonly TalliedFacts<Fact>[]): (fact: Fact) => void {
  return (fact) => {
    try {
      for (const taker of takers) taker.take(fact);
    } catch {
      // A bug in a metric must not make a claim or a drain fail.
    }
  };
}

type Readable = Pick<TalliedFacts<never>, 'name' | 'help' | 'type' | 'aggregator' | 'get'>;

/** A registry only reads the name and calls `get`, but its type demands one of prom-client's classes. */
const forRegistry = (metric: Readable): PromMetric => metric as unknown as PromMetric;

/** A gauge that reads its value whenever the metrics are read. */
function shownView(metric: ViewMetric, watched: Watched): Readable {
  const { name, help, type, together: aggregator = 'sum', from } = metric;
  const show = metric.show as (view: Views[keyof Views]) => Shown;
  const look = async (): Promise<Shown> => {
    const view = watched[from];
    return view === undefined ? null : show(await view());
  };
  return {
    ...{ name, help, type, aggregator },
    get: async () => {
      const shown = await within(viewLimitMs, look(), () => null).catch(() => null);
      return { ...{ name, help, type, aggregator }, values: valuesOf(shown) };
    },
  };
}

function valuesOf(shown: Shown): MetricValue<string>[] {
  if (shown === null) return [];
  return typeof shown === 'number' ? [{ labels: {}, value: shown }] : shown;
}

import type { Latency } from '../meters/latency.ts';
import { roundTo } from '../results/target.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { asGiven, labelOnTheLeft, labelOnTheRight, logScale, type Plot } from './plot.ts';

const kinds = ['winners', 'refused after the sell-out'] as const;
const percentiles = ['p50', 'p99'] as const;

/** Latencies of winners and refusals in the sale. Each latency counts from the time when the call was due. */
export function latencyPlot(entrants: readonly ShownEntrant[]): Plot {
  const ends = entrants.flatMap(({ name, medians: { story } }) => [
    ...latencyEnds('winners', name, story.latency.winners),
    ...latencyEnds('refused after the sell-out', name, story.latency.refusedAfter),
  ]);
  const values = ends.flatMap((end) =>
    percentiles.map((percentile) => ({ ...end, percentile, ms: end[percentile], label: roundTo(end[percentile]) })),
  );
  const x = { type: 'quantitative', scale: logScale, title: 'ms (log scale)' } as const;
  return {
    name: 'strategies-latency',
    shows: 'Median and 99th-percentile latency of winners and refusals in the sale',
    spec: {
      data: { values },
      facet: { column: { field: 'kind', sort: [...kinds], title: null } },
      spec: {
        width: 330,
        height: { step: 26 },
        encoding: { y: { field: 'strategy', sort: asGiven, title: null } },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.35, color: '#888888' },
            encoding: { x: { ...x, field: 'p50' }, x2: { field: 'p99' } },
          },
          {
            mark: { type: 'point', filled: true, size: 70, opacity: 1 },
            encoding: {
              x: { ...x, field: 'ms' },
              color: { field: 'percentile', type: 'nominal', sort: [...percentiles], title: null },
            },
          },
          {
            transform: [{ filter: { field: 'percentile', equal: 'p50' } }],
            mark: labelOnTheLeft,
            encoding: { x: { ...x, field: 'ms' }, text: { field: 'label' } },
          },
          {
            transform: [{ filter: { field: 'percentile', equal: 'p99' } }],
            mark: labelOnTheRight,
            encoding: { x: { ...x, field: 'ms' }, text: { field: 'label' } },
          },
        ],
      },
    },
  };
}

/** The least latency to plot. A fast answer may be rounded to 0, which a log scale can't show. */
const leastMs = 0.1;

function latencyEnds(kind: (typeof kinds)[number], strategy: string, latency: Latency) {
  if (latency === null) return [];
  return [{ kind, strategy, p50: Math.max(latency.p50Ms, leastMs), p99: Math.max(latency.p99Ms, leastMs) }];
}

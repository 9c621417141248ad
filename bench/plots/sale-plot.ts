import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { asGiven, type Plot } from './plot.ts';

/** The least time to plot. Claim times are whole ms and may be 0, which a log scale can't show. */
const leastMs = 1;

/** How fast the coupons were issued in the sale of the first round. */
export function salePlot(entrants: readonly ShownEntrant[]): Plot {
  const values = entrants
    .filter(({ isControl }) => !isControl)
    .flatMap(({ name, rounds: [first] }) =>
      (first?.curve ?? []).map((ms, i) => ({ strategy: name, afterMs: Math.max(ms, leastMs), gone: i + 1 })),
    );
  return {
    name: 'strategies-sale',
    shows: 'Share of the coupons issued, over the time since the opening, for each strategy',
    spec: {
      data: { values },
      width: 640,
      height: 280,
      mark: { type: 'line', strokeWidth: 2.5 },
      encoding: {
        x: {
          field: 'afterMs',
          type: 'quantitative',
          scale: { type: 'log', nice: false },
          title: 'ms after the opening (log scale)',
        },
        y: { field: 'gone', type: 'quantitative', title: '% of the coupons gone', scale: { domain: [0, 100] } },
        order: { field: 'gone' },
        color: { field: 'strategy', sort: asGiven, title: null },
        strokeDash: { field: 'strategy', sort: asGiven, title: null },
      },
    },
  };
}

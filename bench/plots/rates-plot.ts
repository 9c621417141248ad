import { roundTo } from '../results/target.ts';
import { comparedFigures } from '../strategies/noise.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { asGiven, labelOnTheRight, logScale, type Plot } from './plot.ts';

const kinds = { acceptedPerSecond: 'accepted/s, every user wins', refusedPerSecond: 'refused/s, all is sold' } as const;

/**
 * Claims per second that each strategy accepts and refuses: a point for the median, and a line from the worst round to
 * the best.
 */
export function ratesPlot(entrants: readonly ShownEntrant[]): Plot {
  const values = (['acceptedPerSecond', 'refusedPerSecond'] as const).flatMap((figure) =>
    entrants.map(({ name, medians, rounds }) => {
      const perSecond = comparedFigures[figure](medians);
      const each = rounds.map(comparedFigures[figure]);
      return {
        kind: kinds[figure],
        strategy: name,
        perSecond,
        label: roundTo(perSecond),
        least: Math.min(...each),
        most: Math.max(...each),
      };
    }),
  );
  const x = { type: 'quantitative', scale: logScale, title: 'a second (log scale)' } as const;
  return {
    name: 'strategies-rates',
    shows: 'Claims accepted and refused per second by each strategy',
    spec: {
      data: { values },
      facet: { column: { field: 'kind', sort: Object.values(kinds), title: null } },
      spec: {
        width: 330,
        height: { step: 26 },
        encoding: { y: { field: 'strategy', sort: asGiven, title: null } },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.35, color: '#0072b2' },
            encoding: { x: { ...x, field: 'least' }, x2: { field: 'most' } },
          },
          {
            mark: { type: 'point', filled: true, size: 70, opacity: 1, color: '#0072b2' },
            encoding: { x: { ...x, field: 'perSecond' } },
          },
          {
            mark: labelOnTheRight,
            encoding: { x: { ...x, field: 'most' }, text: { field: 'label' } },
          },
        ],
      },
      resolve: { scale: { x: 'independent' } },
    },
  };
}

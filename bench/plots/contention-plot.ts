import type { Contention } from '../locks/contention.ts';
import { roundTo } from '../results/target.ts';
import { asGiven, labelOnTheRight, type Plot } from './plot.ts';

/** Claims per second with each lock, with one API process and with several. */
export function contentionPlot(contention: readonly Contention[]): Plot {
  const values = contention.map(({ strategy, processes, winners }) => ({
    strategy,
    processes: `${processes} API ${processes === 1 ? 'process' : 'processes'}`,
    perSecond: winners.perSecond,
    label: roundTo(winners.perSecond),
  }));
  const y = { field: 'strategy', sort: asGiven, title: null };
  const yOffset = { field: 'processes', sort: asGiven };
  return {
    name: 'locks-contention',
    shows: 'Claims accepted per second under each of the four locks',
    spec: {
      data: { values },
      width: 560,
      height: { step: 20 },
      encoding: {
        y,
        yOffset,
        x: { field: 'perSecond', type: 'quantitative', title: 'accepted/s, every user wins' },
      },
      layer: [
        { mark: { type: 'bar' }, encoding: { color: { field: 'processes', sort: asGiven, title: null } } },
        {
          mark: labelOnTheRight,
          encoding: { text: { field: 'label' } },
        },
      ],
    },
  };
}

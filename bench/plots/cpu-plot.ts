import { processNames, type ProcessName } from '../meters/cpu-times.ts';
import { processTitles } from '../page/process-titles.ts';
import { roundTo } from '../results/target.ts';
import type { ShownEntrant } from '../strategies/shown-entrants.ts';
import { asGiven, labelOnTheRight, type Plot, type PlotSpec } from './plot.ts';

/** The CPU time of each process per claim and per refusal, under the two wrk loads. */
export function cpuPlot(entrants: readonly ShownEntrant[]): Plot {
  const claims = entrants.flatMap(({ name, medians }) => bars(name, medians.winners.cpuUsPerClaim));
  const refusals = entrants.flatMap(({ name, medians }) => bars(name, medians.refusals.cpuUsPerRefusal));
  return {
    name: 'strategies-cpu',
    shows: 'CPU time of API, worker, Redis and MySQL for a claim and for a refusal',
    spec: {
      hconcat: [panel('for a claim that is in MySQL', claims, {}), panel('for a refusal', refusals, { axis: null })],
      resolve: { scale: { y: 'shared' } },
    },
  };
}

type Bar = { strategy: string; process: string; fromUs: number; toUs: number; isLast: boolean; label: string };

/** The segments of a strategy's bar, one per process. */
function bars(strategy: string, cpuUs: Record<ProcessName, number>): Bar[] {
  let toUs = 0;
  return processNames.map((process, i) => {
    const fromUs = toUs;
    toUs += cpuUs[process];
    const isLast = i === processNames.length - 1;
    return { strategy, process: processTitles[process], fromUs, toUs, isLast, label: roundTo(toUs) };
  });
}

/** The axis extends beyond the longest bar to leave room for its label. */
const roomForLabel = 1.15;

function panel(title: string, values: Bar[], yOptions: { axis?: null }): PlotSpec {
  const domain = [0, roomForLabel * Math.max(...values.map(({ toUs }) => toUs))];
  const x = { type: 'quantitative', title: 'CPU us', scale: { domain, nice: false } } as const;
  return {
    title: { text: title, anchor: 'middle', fontWeight: 'normal' },
    data: { values },
    width: 330,
    height: { step: 22 },
    encoding: { y: { field: 'strategy', sort: asGiven, title: null, ...yOptions } },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x: { ...x, field: 'fromUs' },
          x2: { field: 'toUs' },
          color: { field: 'process', type: 'nominal', sort: Object.values(processTitles), title: null },
        },
      },
      {
        transform: [{ filter: { field: 'isLast', equal: true } }],
        mark: labelOnTheRight,
        encoding: { x: { ...x, field: 'toUs' }, text: { field: 'label' } },
      },
    ],
  };
}

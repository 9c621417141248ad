import type { Standstill } from '../locks/standstill.ts';
import { asGiven, type Plot } from './plot.ts';

/** How long nobody got a claim after the process that had the lock was killed or stopped, with one point per repeat. */
export function standstillPlot(standstills: readonly Standstill[]): Plot {
  const values = standstills.flatMap(({ strategy, leaseMs, holder, stoodStillMs }) =>
    stoodStillMs.map((ms) => ({
      lock: leaseMs === null ? `${strategy}, no lease` : `${strategy}, lease ${leaseMs} ms`,
      holder: `holder ${holder}`,
      ms,
    })),
  );
  return {
    name: 'locks-standstill',
    shows: 'How long an event stands still when the holder of its lock is killed or stopped',
    spec: {
      data: { values },
      width: 560,
      height: { step: 30 },
      mark: { type: 'point', filled: true, size: 80, opacity: 0.7 },
      encoding: {
        y: { field: 'lock', sort: asGiven, title: null },
        yOffset: { field: 'holder', sort: asGiven },
        x: { field: 'ms', type: 'quantitative', title: 'ms until another process issued a claim' },
        color: { field: 'holder', sort: asGiven, title: null },
        shape: { field: 'holder', sort: asGiven, title: null },
      },
    },
  };
}

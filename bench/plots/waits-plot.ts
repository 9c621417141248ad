import type { WaitTime } from '../locks/wait-times.ts';
import { asGiven, type Plot } from './plot.ts';

const kinds = ['answers that were "busy", %', 'until 99% of the users had an outcome, ms'] as const;

/** The effects of a longer time limit for claims that wait for the lock. */
export function waitsPlot(waits: readonly WaitTime[]): Plot {
  const shown = waits.filter(({ withheld }) => withheld.length === 0);
  const values = shown.flatMap(({ strategy, waitMs, story }) => [
    { kind: kinds[0], strategy, waitMs, value: 100 * story.failRate },
    { kind: kinds[1], strategy, waitMs, value: story.untilDecided?.p99Ms ?? null },
  ]);
  return {
    name: 'locks-waits',
    shows: 'Busy answers, and the time until an outcome, by how long a claim may wait',
    spec: {
      data: { values },
      facet: { column: { field: 'kind', sort: [...kinds], title: null } },
      spec: {
        width: 330,
        height: 220,
        mark: { type: 'line', point: { size: 60 }, strokeWidth: 2.5 },
        encoding: {
          x: { field: 'waitMs', type: 'ordinal', title: 'CLAIM_WAIT_MS', axis: { labelAngle: 0 } },
          y: { field: 'value', type: 'quantitative', title: null },
          color: { field: 'strategy', sort: asGiven, title: null },
        },
      },
      resolve: { scale: { y: 'independent' } },
    },
  };
}

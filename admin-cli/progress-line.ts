import type { ReconcileProgress } from '../core/reconcile/report.ts';
import type { Io } from './io.ts';

const everyMs = 100;

/** Shows the progress of a long command on a line of stderr, if stderr is a terminal. */
export function createProgressLine({ stderr }: Pick<Io, 'stderr'>) {
  let shownAtMs = -Infinity;
  let isShown = false;
  return {
    show: ({ step, done, of }: ReconcileProgress): void => {
      if (!stderr.isTTY || performance.now() - shownAtMs < everyMs) return;
      shownAtMs = performance.now();
      isShown = true;
      stderr.write(`\r\u001b[K${step}${of === null || of === 0 ? '' : `: ${formatCount(done)} of ${formatCount(of)}`}`);
    },
    clear: (): void => {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

const formatCount = (count: number): string => count.toLocaleString('en-US');

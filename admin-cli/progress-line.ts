import type { ReconcileProgress } from '../core/reconcile/report.ts';
import type { Io } from './io.ts';

/** Often enough to see that it moves. */
const everyMs = 100;

/** One line of stderr that tells how far a long command is; nothing where nobody watches. */
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

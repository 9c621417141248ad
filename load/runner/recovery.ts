import type { LoadAnswer } from './answers.ts';
import { measureCalls } from './call-figures.ts';
import { missedThresholds, type Thresholds } from './thresholds.ts';

const spanMs = 1_000;
/** How many good seconds in a row count as recovery; a single one may be luck. */
const spansInARow = 3;

/**
 * Finds when calls first met the thresholds for three seconds in a row after a rush. Returns the start of these
 * seconds, in ms after `peakEndMs`, or null if there are none before `endMs`.
 */
export function findRecovery(
  answers: LoadAnswer[],
  peakEndMs: number,
  endMs: number,
  thresholds: Thresholds,
): number | null {
  let inARow = 0;
  for (let fromMs = peakEndMs; fromMs + spanMs <= endMs; fromMs += spanMs) {
    const figures = measureCalls(answers, fromMs, fromMs + spanMs);
    inARow = missedThresholds(figures, thresholds).length === 0 ? inARow + 1 : 0;
    if (inARow === spansInARow) return fromMs + spanMs - spansInARow * spanMs - peakEndMs;
  }
  return null;
}

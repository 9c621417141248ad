/** A step of the climb: its rate, and whether it held the thresholds. */
export type Step = { rate: number; held: boolean };

const factor = 1.5;
/**
 * The climb ends when the lowest rate that missed a threshold is within this factor of the highest rate that held them.
 */
const nearEnough = 1.15;

/**
 * The next rate to try. Until a rate misses a threshold, half as much again; if the first rate misses one, half. Then a
 * rate between the highest that held and the lowest that missed. Null if the limit is known well enough, or there is
 * nothing left to try.
 */
export function nextRate(steps: Step[], firstRate: number, rateMax: number): number | null {
  const { held, broke } = findLimit(steps);
  if (broke === null)
    return held === null ? firstRate : held >= rateMax ? null : Math.min(Math.ceil(held * factor), rateMax);
  if (held === null) return broke === 1 ? null : Math.floor(broke / 2);
  const between = Math.round(Math.sqrt(held * broke));
  return broke / held <= nearEnough || between === held || between === broke ? null : between;
}

/** The highest rate that held the thresholds, and the lowest rate above it that missed one. */
export function findLimit(steps: Step[]): { held: number | null; broke: number | null } {
  const broke = Math.min(...steps.filter((step) => !step.held).map((step) => step.rate));
  const held = Math.max(...steps.filter((step) => step.held && step.rate < broke).map((step) => step.rate));
  return { held: Number.isFinite(held) ? held : null, broke: Number.isFinite(broke) ? broke : null };
}

/** A step of the climb: its rate, and whether it met the thresholds. */
export type Step = { rate: number; held: boolean };

const factor = 1.5;
/**
 * The climb ends when the lowest rate that missed a threshold is within this factor of the highest rate that met all
 * thresholds.
 */
const nearEnough = 1.15;

/**
 * Returns the next rate to try. Until a rate misses a threshold, each rate is 1.5 times the previous one. If the first
 * rate misses one, each rate is half the previous one until a rate meets them all. After that, a rate is between the
 * highest that met the thresholds and the lowest that missed one. Returns null if the limit is known well enough, or if
 * no rate is left to try.
 */
export function nextRate(steps: Step[], firstRate: number, rateMax: number): number | null {
  const { held, broke } = findLimit(steps);
  if (broke === null)
    return held === null ? firstRate : held >= rateMax ? null : Math.min(Math.ceil(held * factor), rateMax);
  if (held === null) return broke === 1 ? null : Math.floor(broke / 2);
  const between = Math.round(Math.sqrt(held * broke));
  return broke / held <= nearEnough || between === held || between === broke ? null : between;
}

/** Returns the highest rate that met the thresholds, and the lowest rate above it that missed one. */
export function findLimit(steps: Step[]): { held: number | null; broke: number | null } {
  const broke = Math.min(...steps.filter((step) => !step.held).map((step) => step.rate));
  const held = Math.max(...steps.filter((step) => step.held && step.rate < broke).map((step) => step.rate));
  return { held: Number.isFinite(held) ? held : null, broke: Number.isFinite(broke) ? broke : null };
}

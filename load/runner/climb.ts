/** One step of the climb: its rate, and whether the thresholds held. */
export type Step = { rate: number; held: boolean };

const factor = 1.5;
/** The climb stops when the lowest rate that broke a threshold is within this factor of the highest rate that held. */
const nearEnough = 1.15;

/**
 * Returns the next rate to try. Until a rate breaks a threshold, that is half as much again, or half if the first rate
 * breaks one. After that, it is a rate between the highest that held and the lowest that broke. Null if the limit is
 * known well enough, or if there is nothing left to try.
 */
export function nextRate(steps: Step[], firstRate: number, rateMax: number): number | null {
  const { held, broke } = findLimit(steps);
  if (broke === null)
    return held === null ? firstRate : held >= rateMax ? null : Math.min(Math.ceil(held * factor), rateMax);
  if (held === null) return broke === 1 ? null : Math.floor(broke / 2);
  const between = Math.round(Math.sqrt(held * broke));
  return broke / held <= nearEnough || between === held || between === broke ? null : between;
}

/** The lowest rate that broke a threshold, and the highest rate below it that held. */
export function findLimit(steps: Step[]): { held: number | null; broke: number | null } {
  const broke = Math.min(...steps.filter((step) => !step.held).map((step) => step.rate));
  const held = Math.max(...steps.filter((step) => step.held && step.rate < broke).map((step) => step.rate));
  return { held: Number.isFinite(held) ? held : null, broke: Number.isFinite(broke) ? broke : null };
}

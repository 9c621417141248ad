/**
 * One measurement of the server's clock: how far the clock is ahead of this page's, and how wrong the measurement may
 * be.
 */
export type ClockSample = {
  offsetMs: number;
  /**
   * Half the round trip plus the server's rounding, because the server may have read its clock at either end of the
   * round trip.
   */
  errorMs: number;
  /** The time of the measurement by this page's clock. */
  takenAtMs: number;
};

/** Enough samples for a few minutes, so that some come from a moment without load. */
const samplesMax = 12;
/** 100 ppm, which is 6 ms per minute. Good clocks drift a tenth as fast. */
const driftPerMs = 100e-6;

/**
 * Makes a sample. `serverMs` is the server's time, rounded down to whole ms. The server read it between the two given
 * moments of this page's clock.
 */
export function sampleOf(sentMs: number, serverMs: number, receivedMs: number): ClockSample {
  return {
    offsetMs: serverMs + 0.5 - (sentMs + receivedMs) / 2,
    errorMs: (receivedMs - sentMs) / 2 + 0.5,
    takenAtMs: receivedMs,
  };
}

/** How wrong a sample may be at `nowMs`, including drift since it was taken. */
export const errorAt = (sample: ClockSample, nowMs: number): number =>
  sample.errorMs + Math.max(0, nowMs - sample.takenAtMs) * driftPerMs;

/** Adds a sample. Drops older samples that contradict the new one, because one of the clocks was set in between. */
export function addSample(samples: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  const agrees = (other: ClockSample): boolean =>
    Math.abs(other.offsetMs - sample.offsetMs) <= errorAt(other, sample.takenAtMs) + sample.errorMs;
  return [sample, ...samples.filter(agrees)].slice(0, samplesMax);
}

/**
 * Returns the sample that is most accurate at `nowMs`. That is the one with the shortest round trip, unless it is old.
 */
export const bestSample = (samples: readonly ClockSample[], nowMs: number): ClockSample | undefined =>
  samples.toSorted((a, b) => errorAt(a, nowMs) - errorAt(b, nowMs))[0];

/** One measurement of the server's clock: how far it is ahead of ours, and how wrong the measurement may be. */
export type ClockSample = {
  offsetMs: number;
  /**
   * Half the round trip, because the server may have read its clock at either end of it, plus the server's rounding.
   */
  errorMs: number;
  /** The time of the measurement, on our clock. */
  takenAtMs: number;
};

/** How many samples to keep. Among a few minutes of samples, some come from a calm moment. */
const samplesMax = 12;
/** How fast two clocks may drift apart: 100 ppm are 6 ms a minute. Good clocks drift a tenth as fast. */
const driftPerMs = 100e-6;

/** Makes a sample. `serverMs` is the server's time, cut to whole ms, read between two moments of our clock. */
export function sampleOf(sentMs: number, serverMs: number, receivedMs: number): ClockSample {
  return {
    offsetMs: serverMs + 0.5 - (sentMs + receivedMs) / 2,
    errorMs: (receivedMs - sentMs) / 2 + 0.5,
    takenAtMs: receivedMs,
  };
}

/** How wrong a sample may be by now, with drift. */
export const errorAt = (sample: ClockSample, nowMs: number): number =>
  sample.errorMs + Math.max(0, nowMs - sample.takenAtMs) * driftPerMs;

/** Adds a sample. Drops earlier samples that contradict it, because a clock was set after they were taken. */
export function addSample(samples: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  const agrees = (other: ClockSample): boolean =>
    Math.abs(other.offsetMs - sample.offsetMs) <= errorAt(other, sample.takenAtMs) + sample.errorMs;
  return [sample, ...samples.filter(agrees)].slice(0, samplesMax);
}

/** The sample that is most accurate now: the one with the shortest round trip, unless it has become old. */
export const bestSample = (samples: readonly ClockSample[], nowMs: number): ClockSample | undefined =>
  samples.toSorted((a, b) => errorAt(a, nowMs) - errorAt(b, nowMs))[0];

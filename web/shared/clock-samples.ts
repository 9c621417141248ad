/** One measurement of the server's clock: how far it is ahead of ours, and how wrong that may be. */
export type ClockSample = {
  offsetMs: number;
  /** Half the round trip, because the server may have read its clock at either end, plus the server's rounding. */
  errorMs: number;
  /** By our clock. */
  takenAtMs: number;
};

/** A few minutes of samples, of which some are from a calm moment. */
const samplesMax = 12;
/** 100 ppm, or 6 ms a minute. Good clocks drift a tenth as fast. */
const driftPerMs = 100e-6;

/** Makes a sample. `serverMs` is the server's time in whole ms, rounded down, read between two moments of our clock. */
export function sampleOf(sentMs: number, serverMs: number, receivedMs: number): ClockSample {
  return {
    offsetMs: serverMs + 0.5 - (sentMs + receivedMs) / 2,
    errorMs: (receivedMs - sentMs) / 2 + 0.5,
    takenAtMs: receivedMs,
  };
}

/** How wrong a sample may be at `nowMs`, with drift. */
export const errorAt = (sample: ClockSample, nowMs: number): number =>
  sample.errorMs + Math.max(0, nowMs - sample.takenAtMs) * driftPerMs;

/** Adds a sample. Drops older samples that contradict it, because a clock was set after them. */
export function addSample(samples: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  const agrees = (other: ClockSample): boolean =>
    Math.abs(other.offsetMs - sample.offsetMs) <= errorAt(other, sample.takenAtMs) + sample.errorMs;
  return [sample, ...samples.filter(agrees)].slice(0, samplesMax);
}

/** The sample that is most accurate at `nowMs`: the one with the shortest round trip, unless it is old. */
export const bestSample = (samples: readonly ClockSample[], nowMs: number): ClockSample | undefined =>
  samples.toSorted((a, b) => errorAt(a, nowMs) - errorAt(b, nowMs))[0];
